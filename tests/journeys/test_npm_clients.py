"""The client libraries of frontends listen, and come back with their cursor when they are cut off."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from embedded.node import NoNode, installed, node
from tests.conftest import NewPerson
from tests.journeys.test_messages import send, start
from tests.sockets import cursor

LOCK = Path(__file__).parents[1] / "npm"
COUNT = 9


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
    conversation, after = await start(ada, grace), await cursor(grace)
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
            await send(ada, conversation, str(n))
            if n % 3 == 2:
                heard += [(await client.stdout.readline()).decode().strip() for _ in range(3)]
                if n < COUNT - 1:
                    cut_off(api)
                    while b"coming back" not in await client.stderr.readline():
                        pass
        assert await client.wait() == 0, await client.stderr.read()
    assert heard == [str(n) for n in range(COUNT)]
