"""Debian's nginx with docs/operations/nginx-api.conf, in front of the API."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from config import Settings
from embedded.nginx import NGINX, ApiProxy
from embedded.process import free_port
from tests.sockets import hear, socket

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

ORIGIN = "https://app.example"
QUERY = {"query": "{ __typename }"}


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[ApiProxy]:
    made = ApiProxy(tmp_path / "nginx")
    yield made
    made.process.stop()


def started(proxy: ApiProxy, port: int, *, max_conns: int = 40, max_conns_of_address: int = 50) -> str:
    proxy.start(port, max_conns=max_conns, max_conns_of_address=max_conns_of_address, origin=ORIGIN)
    return f"http://127.0.0.1:{proxy.port}"


async def test_operations_and_sockets_pass(proxy: ApiProxy, api: Starlette, settings: Settings) -> None:
    url = started(proxy, settings.port)
    async with httpx.AsyncClient(base_url=url) as http:
        assert (await http.post("/graphql", json=QUERY)).json() == {"data": {"__typename": "Query"}}
        assert (await http.get("/healthz")).text == "ok"
    async with socket(url, None) as connection:
        assert (await hear(connection))["type"] == "connection_ack"


async def test_without_a_process_the_answer_is_that_of_an_overloaded_one(proxy: ApiProxy) -> None:
    async with httpx.AsyncClient(base_url=started(proxy, free_port())) as http:
        refused = await http.post("/graphql", json=QUERY, headers={"origin": ORIGIN})
        assert refused.status_code == 503
        [error] = refused.json()["errors"]
        assert error["extensions"]["code"] == "OVERLOADED"
        assert refused.headers["retry-after"] == str(error["extensions"]["retryAfter"])
        assert refused.headers["x-request-id"] == error["extensions"]["requestId"]
        assert refused.headers["access-control-allow-origin"] == ORIGIN
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
        async with httpx.AsyncClient(base_url=url) as http:
            asked = [asyncio.create_task(http.post("/graphql", json=QUERY)) for _ in range(5)]
            refused = [(await each).status_code for each in await first(asked, 3)]
            assert refused == [503, 503, 503]
            assert (await http.get("/healthz")).text == "ok"
            for each in asked:
                each.cancel()


async def first(tasks: list[asyncio.Task[httpx.Response]], count: int) -> list[asyncio.Task[httpx.Response]]:
    """Those that ended first."""
    while len(done := [task for task in tasks if task.done()]) < count:
        await asyncio.wait([task for task in tasks if not task.done()], return_when=asyncio.FIRST_COMPLETED)
    return done
