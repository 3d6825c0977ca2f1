"""APIs of a test's own, with little capacity, on a database of their own whose tables can be locked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

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
async def signed_up(url: str) -> AsyncIterator[Person]:
    """Somebody new."""
    async with Person(url) as person:
        await person.sign_up()
        yield person
