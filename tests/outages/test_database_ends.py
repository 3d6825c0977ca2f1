"""PostgreSQL ends a connection at the worst moment: what fails is UNAVAILABLE, and the next try succeeds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import pytest

from clients import postgres
from clients.outages import is_outage
from clients.postgres import Database
from tests.support.client import until

FIELDS = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0"
FATAL = b"E" + (len(FIELDS) + 4).to_bytes(4, "big") + FIELDS


class Proxy:
    """Stands between a client and the server, and says in the name of the server that it ends, or cuts the wire."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._clients: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(*self._server)
        self._clients.append(writer)

        async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while data := await source.read(65_536):
                    target.write(data)
                target.close()

        await asyncio.gather(copy(reader, ours), copy(theirs, writer))

    async def say_that_it_ends(self) -> None:
        """The server's last words have come, and the connection is not closed yet."""
        for client in self._clients:
            client.write(FATAL)
        await asyncio.sleep(0.05)

    async def cut(self) -> None:
        for client in self._clients:
            client.close()
        await asyncio.sleep(0.05)


@pytest.fixture
async def proxy(database: str) -> AsyncIterator[tuple[Proxy, Database]]:
    url = urlsplit(database)
    made = Proxy(str(url.hostname), int(url.port or 0))
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    db = await postgres.connect(url._replace(netloc=f"{url.username}@127.0.0.1:{port}").geturl(), size=1)
    yield made, db
    db.terminate()
    server.close()


async def end(db: Database, moment: str, end_it: Callable[[], Awaitable[None]]) -> None:
    """Use a connection that ends at `moment`."""
    async with db.acquire() as connection:
        if moment == "begin":
            await end_it()
        async with connection.transaction():
            await connection.execute("SELECT 1")
            if moment != "begin":
                await end_it()
            if moment == "query":
                await connection.fetchval("SELECT 1")
            elif moment == "many":
                await connection.executemany("SELECT $1::int", [(1,)])
            elif moment == "after a mistake":
                raise LookupError("a mistake of the caller's")


@pytest.mark.parametrize("way", ["say_that_it_ends", "cut"])
@pytest.mark.parametrize("moment", ["begin", "query", "many", "commit", "after a mistake"])
async def test_a_connection_that_the_server_ends_is_an_outage(
    proxy: tuple[Proxy, Database], way: str, moment: str
) -> None:
    server, db = proxy
    with pytest.raises(postgres.Unavailable) as failure:
        await end(db, moment, getattr(server, way))
    assert is_outage(failure.value)
    assert await until(lambda: db.fetchval("SELECT 1"), lambda found: found == 1) == 1
