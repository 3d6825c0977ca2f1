"""The client libraries of frontends listen, and come back with their cursor when they are cut off."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

import app
import config
from embedded.node import NoNode, installed, node
from embedded.process import free_port
from tests.conftest import NewPerson
from tests.support.client import Person, until
from tests.support.messages import send_message, start_conversation
from tests.support.server import served
from tests.support.websocket_client import cursor

LOCK = Path(__file__).parents[1] / "npm"
COUNT = 9
EXPIRIES = 3
FOLLOWERS = """{ viewer { notificationsCursor } notifications(first: 1) { nodes { actorCount } } }"""


@pytest.fixture(scope="module")
def packages() -> Path:
    try:
        return installed(LOCK)
    except NoNode as missing:
        pytest.skip(f"there is no Node: {missing}")


def cut_off(api: Any) -> None:
    """What a process that ends does at last."""
    for socket in list(api.state.sockets._open):
        socket.end(1012, "Service restart: connect again")
    for over in api.state.event_streams._open:
        over.set_result(None)


@pytest.mark.parametrize("way", ["ws", "sse"])
async def test_a_client_comes_back(person: NewPerson, base_url: str, packages: Path, api: Any, way: str) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation, after = await start_conversation(ada, grace), await cursor(grace)
    client = await asyncio.create_subprocess_exec(
        *(str(node(packages)), str(packages / "live.mjs"), way, f"{base_url}/graphql", grace.token, after, str(COUNT)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert client.stdout is not None
    assert client.stderr is not None
    heard = []
    async with asyncio.timeout(60):
        for n in range(COUNT):
            await send_message(ada, conversation, str(n))
            if n % 3 == 2:
                heard += [(await client.stdout.readline()).decode().strip() for _ in range(3)]
                if n < COUNT - 1:
                    cut_off(api)
                    while b"coming back" not in await client.stderr.readline():
                        pass
        assert await client.wait() == 0, await client.stderr.read()
    assert heard == [str(n) for n in range(COUNT)]


async def followers(person: Person) -> int:
    """How many followers the newest notification tells of."""
    nodes = (await person.ask(FOLLOWERS))["notifications"]["nodes"]
    return int(nodes[0]["actorCount"]) if nodes else 0


async def test_graphql_ws_misses_nothing_while_its_tokens_expire(
    person: NewPerson, settings: config.Settings, packages: Path
) -> None:
    ada, grace, *others = [await person(name) for name in ("ada", "grace", *"abcd")]
    conversation, events = await start_conversation(ada, grace), await cursor(grace)
    notifications = (await grace.ask(FOLLOWERS))["viewer"]["notificationsCursor"]
    short = msgspec.structs.replace(settings, port=free_port(), access_token_seconds=2)
    heard: list[dict[str, Any]] = []
    codes: list[int] = []

    async def happen(n: int) -> None:
        """Send the n-th message and have the n-th follower come."""
        await send_message(ada, conversation, str(n))
        await others[n].follow(grace)
        await until(lambda: followers(grace), lambda count: count == n + 1)

    async with served(app.create(short), short.port), asyncio.timeout(60):
        url = f"http://127.0.0.1:{short.port}/graphql"
        client = await asyncio.create_subprocess_exec(
            *(str(node(packages)), str(packages / "expiry.mjs"), url, grace.refresh_token, events, notifications),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert client.stdin is not None
        assert client.stdout is not None
        await happen(0)
        while len(heard) < 2 * (EXPIRIES + 1):
            line = json.loads(await client.stdout.readline())
            if "closed" not in line:
                heard.append(line)
                continue
            codes.append(line["closed"])
            if len(codes) <= EXPIRIES:
                await happen(len(codes))
            client.stdin.write(b"connect\n")
        client.kill()
        await client.wait()
    assert set(codes) == {4403}
    assert len(codes) >= EXPIRIES
    assert [line["message"] for line in heard if "message" in line] == [str(n) for n in range(EXPIRIES + 1)]
    assert Counter(line["followers"] for line in heard if "followers" in line) == Counter(range(1, EXPIRIES + 2))
