"""What /readyz says of the parts, without asking them."""

import asyncio
import time
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
from starlette.applications import Starlette

import app
from config import Settings
from kit import clock
from tests.conftest import NewApi
from tests.support.client import http_client, until
from web import health
from web.health import MAX_AGE_S, Readiness


class Parts:
    """Two parts that answer, or not."""

    def __init__(self) -> None:
        self.is_up = True
        self.hangs = False
        self.steady_is_up = True

    async def steady(self) -> None:
        if not self.steady_is_up:
            raise ConnectionError

    async def shaky(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if not self.is_up:
            raise ConnectionError


async def ask(readiness: Readiness) -> tuple[int, bytes, dict[bytes, bytes]]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    await readiness({"type": "http", "method": "GET", "query_string": b"verbose"}, receive, send)
    return sent[0]["status"], sent[1]["body"], dict(sent[0]["headers"])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PERIOD_S", 0)
    monkeypatch.setattr(health, "CHECK_TIMEOUT_S", 0.01)


async def test_readiness_follows_the_parts(quick: None) -> None:
    parts, now = Parts(), [0.0]
    readiness = Readiness(["shaky"], lambda: now[0])
    assert (await ask(readiness))[0] == 503  # nothing is known yet
    running = asyncio.create_task(readiness.run({"steady": parts.steady, "shaky": parts.shaky}))
    status, body, headers = await until(lambda: ask(readiness), lambda answer: answer[0] == 200)
    assert (body, headers[b"age"]) == (b'{"ready":true,"parts":{"steady":true,"shaky":true}}', b"0")

    parts.is_up = False
    gone = b'{"ready":false,"parts":{"steady":true,"shaky":false}}'
    assert (await until(lambda: ask(readiness), lambda answer: answer[0] == 503))[1] == gone
    parts.is_up = True
    await until(lambda: ask(readiness), lambda answer: answer[0] == 200)
    parts.hangs = True
    assert (await until(lambda: ask(readiness), lambda answer: answer[0] == 503))[1] == gone
    parts.hangs = False
    await until(lambda: ask(readiness), lambda answer: answer[0] == 200)

    parts.steady_is_up = False
    status, _, _ = await until(lambda: ask(readiness), lambda answer: b'"steady":false' in answer[1])
    assert status == 200, "without that part much goes on"
    parts.steady_is_up = True

    readiness.is_draining = True
    assert (await ask(readiness))[0] == 503
    readiness.is_draining = False
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    now[0] += MAX_AGE_S + 1
    status, _, headers = await ask(readiness)
    assert (status, headers[b"age"]) == (503, b"11")  # too old to tell anything


async def test_health_checks_are_get(api: Starlette, base_url: str) -> None:
    async with http_client(base_url=base_url) as http:
        assert (await http.get("/healthz")).text == "ok"
        assert (await http.head("/healthz")).status_code == 200
        assert (await http.post("/healthz")).status_code == 405
        await until(lambda: http.get("/readyz"), lambda answer: answer.status_code == 200)
        assert (await http.get("/readyz")).json() == {"ready": True}
        parts = {"postgres": True, "clock": True, "redis": True, "s3": True, "search": True}
        assert (await http.get("/readyz?verbose")).json() == {"ready": True, "parts": parts}


async def test_a_database_that_is_gone_is_noticed_within_seconds(new_api: NewApi, spare_database: str) -> None:
    url = await new_api()
    base, _, name = spare_database.rpartition("/")
    admin = await asyncpg.connect(f"{base}/postgres")
    async with http_client(base_url=url) as http:

        async def ready() -> httpx.Response:
            began = time.monotonic()
            answer = await http.get("/readyz")
            assert time.monotonic() - began < 1
            return answer

        try:
            await until(ready, lambda answer: answer.status_code == 200)
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
            gone = await until(ready, lambda answer: answer.status_code == 503, 5)
            assert gone.json() == {"ready": False}
            # What is refused then waits for nothing.
            refused = await until(
                lambda: http.post("/graphql", json={"query": "{ __typename }"}),
                lambda answer: answer.status_code == 503,
            )
            assert refused.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
            assert (await http.get("/healthz")).status_code == 200
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            await until(ready, lambda answer: answer.status_code == 200, 5)
        finally:
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            await admin.close()


async def test_storage_is_checked_while_all_connections_of_requests_are_taken(settings: Settings) -> None:
    objects = 0

    async def store(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Tells of its bucket, and hangs where it is asked for an object."""
        nonlocal objects
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(f"HEAD /{settings.s3_bucket} ".encode()):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        else:
            objects += 1
        await reader.read()
        writer.close()

    async with await asyncio.start_server(store, "127.0.0.1", 0) as server, asyncio.timeout(20):
        endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        own = msgspec.structs.replace(settings, s3_endpoint=endpoint)
        async with app._bucket(own) as bucket, app._checks(own, clock.now) as checks:
            asked = [asyncio.create_task(bucket.head(str(n))) for n in range(60)]
            await until(lambda: asyncio.sleep(0, objects), lambda found: found == 50)
            async with asyncio.timeout(health.CHECK_TIMEOUT_S):
                await checks["s3"]()
            for each in asked:
                each.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
