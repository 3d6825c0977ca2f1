"""Debian's nginx with docs/operations/nginx-api.conf, in front of the API."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from config import Settings
from embedded.nginx import NGINX, ApiProxy
from embedded.process import free_port
from tests.support.client import http_client
from tests.support.websocket_client import hear, socket
from web.graphql import _wants_events

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

ORIGIN = "https://app.example"
QUERY = {"query": "{ __typename }"}
HSTS = "max-age=31536000"


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[ApiProxy]:
    made = ApiProxy(tmp_path / "nginx")
    yield made
    made.process.stop()


def started(
    proxy: ApiProxy,
    port: int,
    *,
    max_conns: int = 40,
    max_conns_of_address: int = 50,
    max_streams: int = 100,
    client_timeout_s: int | None = None,
) -> str:
    proxy.start(
        port,
        max_conns=max_conns,
        max_conns_of_address=max_conns_of_address,
        max_streams=max_streams,
        origin=ORIGIN,
        client_timeout_s=client_timeout_s,
    )
    return f"http://127.0.0.1:{proxy.port}"


async def test_operations_and_sockets_pass(proxy: ApiProxy, api: Starlette, settings: Settings) -> None:
    url = started(proxy, settings.port)
    async with http_client(base_url=url) as http:
        assert (await http.post("/graphql", json=QUERY)).json() == {"data": {"__typename": "Query"}}
        health = await http.get("/healthz")
        assert health.text == "ok"
        assert health.headers["strict-transport-security"] == HSTS
    async with socket(url, None) as connection:
        assert (await hear(connection))["type"] == "connection_ack"


async def test_without_a_process_the_answer_is_that_of_an_overloaded_one(proxy: ApiProxy) -> None:
    async with http_client(base_url=started(proxy, free_port())) as http:
        refused = await http.post("/graphql", json=QUERY, headers={"origin": ORIGIN})
        assert refused.status_code == 503
        [error] = refused.json()["errors"]
        assert error["extensions"]["code"] == "OVERLOADED"
        assert refused.headers["retry-after"] == str(error["extensions"]["retryAfter"])
        assert refused.headers["x-request-id"] == error["extensions"]["requestId"]
        assert refused.headers["access-control-allow-origin"] == ORIGIN
        assert refused.headers["strict-transport-security"] == HSTS
        other = await http.post("/graphql", json=QUERY, headers={"origin": "https://elsewhere.example"})
        assert "access-control-allow-origin" not in other.headers
        times = [(await http.post("/graphql", json=QUERY)).headers["retry-after"] for _ in range(30)]
        assert len(set(times)) > 2


async def hanging(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A process that reads a request and never answers, but for health checks."""
    head = await reader.readuntil(b"\r\n\r\n")
    if head.startswith(b"GET /healthz"):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    else:
        await reader.read()
    writer.close()


@pytest.mark.parametrize(("max_conns", "max_conns_of_address"), [(2, 50), (40, 2)])
async def test_what_there_is_no_capacity_for_is_refused_without_the_process(
    proxy: ApiProxy, max_conns: int, max_conns_of_address: int
) -> None:
    async with await asyncio.start_server(hanging, "127.0.0.1", 0) as server, asyncio.timeout(10):
        port = server.sockets[0].getsockname()[1]
        url = started(proxy, port, max_conns=max_conns, max_conns_of_address=max_conns_of_address)
        async with http_client(base_url=url) as http:
            asked = [asyncio.create_task(http.post("/graphql", json=QUERY)) for _ in range(5)]
            refused = [(await each).status_code for each in await first(asked, 3)]
            assert refused == [503, 503, 503]
            assert (await http.get("/healthz")).text == "ok"
            for each in asked:
                each.cancel()


STREAM = "text/event-stream"
ACCEPTED = [
    (STREAM, True),
    ("Text/Event-Stream ; q=1", True),
    (f"{STREAM}, text/html", True),
    (f"application/json;q=0, {STREAM}", True),
    (f"application/json;q=0.5, {STREAM}", False),
    (f"application/json, {STREAM}", False),
    (f"{STREAM}, application/graphql-response+json", False),
    (f"{STREAM}, */*;q=0.1", False),
    (f"{STREAM};q=0.0", False),
    (f"x{STREAM}", False),
    ("application/json", False),
    ("", False),
]


@pytest.mark.parametrize(("accept", "is_stream"), ACCEPTED)
def test_the_process_streams_to_these(accept: str, is_stream: bool) -> None:
    assert _wants_events(accept) is is_stream


@pytest.mark.parametrize(
    ("method", "headers", "is_unbounded"),
    [
        *(("POST", {"accept": accept}, is_stream) for accept, is_stream in ACCEPTED),
        ("POST", {"upgrade": "websocket", "connection": "upgrade"}, False),
        ("GET", {"upgrade": "h2c", "connection": "upgrade"}, False),
        ("GET", {"upgrade": "WebSocket", "connection": "upgrade"}, True),
    ],
)
async def test_only_what_the_process_streams_passes_when_it_is_busy(
    proxy: ApiProxy, method: str, headers: dict[str, str], is_unbounded: bool
) -> None:
    async with await asyncio.start_server(hanging, "127.0.0.1", 0) as server, asyncio.timeout(10):
        url = started(proxy, server.sockets[0].getsockname()[1], max_conns=1, max_streams=1)
        async with http_client(base_url=url, timeout=0.5) as http:

            async def passes() -> bool:
                try:
                    return (await http.request(method, "/graphql", headers=headers)).status_code != 503
                except httpx.ReadTimeout:
                    return True

            ordinary = [asyncio.create_task(http.post("/graphql", json=QUERY, timeout=10)) for _ in range(2)]
            await first(ordinary, 1)
            assert await passes() is is_unbounded
            if is_unbounded:
                streams = [asyncio.create_task(http.request(method, "/graphql", headers=headers)) for _ in range(2)]
                [over] = await first(streams, 1)
                assert (await over).status_code == 503, "streams have a bound of their own"
                ordinary += streams
            assert (await http.get("/healthz")).text == "ok"
            for each in ordinary:
                each.cancel()
            await asyncio.gather(*ordinary, return_exceptions=True)


async def first(tasks: list[asyncio.Task[httpx.Response]], count: int) -> list[asyncio.Task[httpx.Response]]:
    """Those that ended first."""
    while len(done := [task for task in tasks if task.done()]) < count:
        await asyncio.wait([task for task in tasks if not task.done()], return_when=asyncio.FIRST_COMPLETED)
    return done


class Process:
    """Stands for a web process: counts the requests that reach it."""

    def __init__(self) -> None:
        self.requests = 0
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.requests += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        writer.close()


@pytest.fixture
async def process() -> AsyncIterator[Process]:
    made = Process()
    async with await asyncio.start_server(made.answer, "127.0.0.1", 0) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made


async def half_sent(port: int, sent: bytes) -> bytes:
    """What comes back until the connection is closed, to a request that is never finished."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


HALF_HEADER = b"POST /graphql HTTP/1.1\r\nHost: x\r\nX-Half"
HALF_BODY = b'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"query":'


async def test_half_sent_requests_are_closed_and_never_reach_the_process(proxy: ApiProxy, process: Process) -> None:
    url = started(proxy, process.port, max_conns_of_address=2000, client_timeout_s=2)
    async with asyncio.timeout(30):
        slow = [asyncio.create_task(half_sent(proxy.port, HALF_HEADER)) for _ in range(600)]
        slow += [asyncio.create_task(half_sent(proxy.port, HALF_BODY)) for _ in range(300)]
        await asyncio.sleep(0.5)
        async with http_client(base_url=url) as http:
            assert (await http.get("/graphql")).text == "ok"
        assert not all(task.done() for task in slow), "others are served meanwhile"
        answers = await asyncio.gather(*slow)
    assert process.requests == 1
    assert all(answer == b"" or answer.startswith(b"HTTP/1.1 408 ") for answer in answers)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"x-long": "x" * 1024**2}, b"{}", 431),
        ({f"x-{number}": "x" * 4000 for number in range(12)}, b"{}", 431),
        ({}, b"{" * (256 * 1024 + 1), 413),
    ],
)
async def test_oversized_requests_are_refused_without_the_process(
    proxy: ApiProxy, process: Process, headers: dict[str, str], body: bytes, status: int
) -> None:
    async with http_client(base_url=started(proxy, process.port)) as http:
        refused = await http.post("/graphql", headers=headers, content=body)
    assert refused.status_code == status
    [error] = refused.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "requestId": refused.headers["x-request-id"]}
    assert refused.headers["strict-transport-security"] == HSTS
    assert process.requests == 0


@pytest.mark.parametrize("headers", [{f"x-{number}": "" for number in range(200)}, {"x-long": "x" * 1024**2}])
async def test_the_process_itself_refuses_oversized_headers(
    api: Starlette, base_url: str, headers: dict[str, str]
) -> None:
    async with http_client(base_url=base_url) as http:
        refused = await http.post("/graphql", json=QUERY, headers=headers)
        assert refused.status_code == 431
        assert (await http.post("/graphql", json=QUERY)).status_code == 200


async def test_too_many_headers_are_refused_behind_the_proxy(
    proxy: ApiProxy, api: Starlette, settings: Settings
) -> None:
    async with http_client(base_url=started(proxy, settings.port)) as http:
        refused = await http.post("/graphql", json=QUERY, headers={f"x-{number}": "" for number in range(200)})
    assert refused.status_code == 431
    assert refused.headers["strict-transport-security"] == HSTS
