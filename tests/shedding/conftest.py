"""APIs of a test's own, with little capacity, on a database of their own whose tables can be locked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
import msgspec
import pytest
import uvicorn

import app
from config import Settings
from embedded.process import free_port
from tests.support.client import Person, until

NewApi = Callable[..., Awaitable[str]]


@pytest.fixture
async def new_api(settings: Settings, spare_database: str) -> AsyncIterator[NewApi]:
    """Starts an API with settings of its own: `url = await new_api(max_operations=8)`."""
    async with AsyncExitStack() as stack:

        async def new(**changes: Any) -> str:
            bounds = {name: getattr(Settings(), name) for name in ("max_requests", "max_operations")}
            changes = {"port": free_port(), "database_url": spare_database} | bounds | changes
            own = msgspec.structs.replace(settings, **changes)
            server = uvicorn.Server(uvicorn.Config(app.create(own), port=own.port, log_level="error"))
            server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
            serving = asyncio.create_task(server.serve())
            await until(lambda: asyncio.sleep(0, server.started), bool)

            async def stop() -> None:
                server.should_exit = True
                await serving

            stack.push_async_callback(stop)
            return f"http://127.0.0.1:{own.port}"

        yield new


@asynccontextmanager
async def locked(database: str, table: str) -> AsyncIterator[None]:
    """Nobody can read the table during the block: queries of it hang."""
    db = await asyncpg.connect(database)
    try:
        async with db.transaction():
            await db.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await db.close()


async def hanging(database: str) -> int:
    """How many queries wait for a lock."""
    db = await asyncpg.connect(database)
    try:
        sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return int(await db.fetchval(sql))
    finally:
        await db.close()


async def waiting(database: str, count: int) -> None:
    """Return when so many queries hang at a lock."""
    await until(lambda: hanging(database), lambda found: found >= count)


@asynccontextmanager
async def signed_up(url: str) -> AsyncIterator[Person]:
    """Somebody new."""
    async with Person(url) as person:
        await person.sign_up()
        yield person
