"""Parts are killed while many listen: a client that returns with its cursor has every message once, in order.

`MESSAGES=10000 make test ARGS=tests/workers/test_live_faults.py` sends as many as that.
"""

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import httpx
import msgspec
import pytest
import websockets

import config
from embedded.process import free_port
from embedded.stack import Stack, environment
from migrations.__main__ import apply
from tests.conftest import LIMITS
from tests.support.client import Failed, Person, http_client, until
from tests.support.messages import SEND_MESSAGE, UNSEND_MESSAGE, start_conversation
from tests.support.websocket_client import EVENTS, cursor, hear, listener, socket, subscribe, token

ROOT = Path(__file__).parents[2]
MESSAGES = int(os.environ.get("MESSAGES", "45"))
PEOPLE, SOCKETS = 25, 2

pytestmark = pytest.mark.kill


class Live:
    """A stack, and an API in a process of its own that can be killed."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.folder = folder
        self._api: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.stack.settings.port}"

    def start_api(self) -> None:
        self._api = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "app:app", "--port", str(self.stack.settings.port)],
            cwd=ROOT,
            env={**os.environ, **environment(self.stack.settings)},
            stdout=(self.folder / "api.log").open("ab"),
            stderr=subprocess.STDOUT,
        )

    def end_api(self, sign: signal.Signals) -> int:
        assert self._api is not None
        self._api.send_signal(sign)
        return self._api.wait(30)

    def kill_api(self) -> None:
        self.end_api(signal.SIGKILL)
        self.start_api()

    def drain_api(self) -> None:
        assert self.end_api(signal.SIGTERM) in (0, -signal.SIGTERM)
        self.start_api()

    def kill_valkey(self) -> None:
        assert self.stack.valkey is not None
        self.stack.valkey.process.kill()
        self.stack.valkey.start()
        self.stack.valkey.wait()

    def kill_postgres(self) -> None:
        assert self.stack.postgres is not None
        self.stack.postgres.process.kill()
        self.stack.postgres.start()
        self.stack.postgres.wait()

    async def is_up(self) -> bool:
        try:
            async with http_client() as http:
                return (await http.get(f"{self.base_url}/readyz", timeout=5)).status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="module")
async def live() -> AsyncIterator[Live]:
    folder = Path(tempfile.mkdtemp(prefix="heliograph-live-"))
    settings = msgspec.structs.replace(config.Settings(), port=free_port(), limits=LIMITS, drain_seconds=2.0)
    stack = Stack(folder, settings)
    stack.start()
    await apply(str(stack.settings.database_url))
    made = Live(stack, folder)
    made.start_api()
    await until(made.is_up, bool, 30)
    yield made
    made.end_api(signal.SIGKILL)
    stack.stop()
    shutil.rmtree(folder, ignore_errors=True)


async def follow(person: Person, base_url: str, after: str, heard: list[int]) -> None:
    """Hear all that is said, connecting again as often as need be."""
    while len(heard) < MESSAGES:
        try:
            async with socket(base_url, token(person), ping_interval=None, open_timeout=5) as connection:
                assert (await hear(connection))["type"] == "connection_ack"
                await subscribe(connection, EVENTS, after=after)
                while len(heard) < MESSAGES:
                    message = await hear(connection, within=60)
                    if message["type"] == "error":
                        break  # refused for lack of capacity, before the stream began
                    assert message["type"] == "next", message
                    assert message["payload"]["data"], "an event that fails is not sent: the socket closes"
                    event = message["payload"]["data"]["conversationEvents"]
                    after = event["cursor"]
                    heard.append(int(event["message"]["text"]))
        except (OSError, TimeoutError, websockets.WebSocketException):
            pass
        await asyncio.sleep(0.1)


async def say(person: Person, conversation: str, n: int) -> None:
    """Send until it is acknowledged, as a client with a key may."""
    while True:
        wanted = {"conversationId": conversation, "text": str(n), "idempotencyKey": f"n{n}"}
        try:
            payload = await person.do(SEND_MESSAGE, input=wanted)
        except (Failed, httpx.HTTPError, ValueError):
            await asyncio.sleep(0.05)
            continue
        assert not payload["userErrors"]
        return


@pytest.mark.parametrize("strike", ["kill_valkey", "kill_postgres", "kill_api", "drain_api"])
async def test_everybody_ends_with_every_message_once_in_order(live: Live, strike: str) -> None:
    blow: Callable[[], None] = getattr(live, strike)
    await until(live.is_up, bool, 30)
    people = [Person(live.base_url) for _ in range(PEOPLE)]
    await asyncio.gather(*(person.sign_up(f"p{n}") for n, person in enumerate(people)))
    sender, *others = people
    conversation = await start_conversation(sender, *others)
    heard: list[list[int]] = [[] for _ in range(PEOPLE * SOCKETS)]
    afters = [await cursor(person) for person in people]
    async with asyncio.timeout(120 + MESSAGES / 10), asyncio.TaskGroup() as tasks:
        for n, each in enumerate(heard):
            tasks.create_task(follow(people[n % PEOPLE], live.base_url, afters[n % PEOPLE], each))
        struck: asyncio.Task[None] | None = None
        for n in range(MESSAGES):
            if n in (MESSAGES // 3, 2 * MESSAGES // 3):
                if struck is not None:
                    await struck
                struck = tasks.create_task(asyncio.to_thread(blow))
            await say(sender, conversation, n)
    assert all(each == list(range(MESSAGES)) for each in heard)
    for person in people:
        await person.http.aclose()


async def test_no_word_lies_in_any_file(live: Live) -> None:
    """Not in PostgreSQL's pages and log of writes, Valkey's append-only file, or anybody's log."""
    await until(live.is_up, bool, 30)
    async with Person(live.base_url) as ada, Person(live.base_url) as grace:
        await ada.sign_up("ada")
        await grace.sign_up("grace")
        conversation, after, word = await start_conversation(ada, grace), await cursor(grace), secrets.token_hex(16)
        async with listener(grace, live.base_url, after=after) as hers:
            sent = await ada.do(
                SEND_MESSAGE, input={"conversationId": conversation, "text": word, "idempotencyKey": "k"}
            )
            assert (await hers.event())["message"]["text"] == word
        await ada.do(UNSEND_MESSAGE, id=sent["message"]["id"])
        await ada.do(SEND_MESSAGE, input={"conversationId": conversation, "text": f"{word} again"})
        known = secrets.token_hex(16)
        await ada.do("mutation ($bio: String!) { updateProfile(input: { bio: $bio }) { user { id } } }", bio=known)
    database = await asyncpg.connect(str(live.stack.settings.database_url))
    await database.execute("CHECKPOINT")
    await database.close()

    def holding(text: str) -> list[Path]:
        files = [path for path in live.folder.rglob("*") if path.is_file() and not path.is_socket()]
        return [path for path in files if text.encode() in path.read_bytes()]

    assert await asyncio.to_thread(holding, known), "what is not sealed is found by this search"
    assert not await asyncio.to_thread(holding, word)
