"""Serves an application on a local port, in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette


@asynccontextmanager
async def served(application: Starlette, port: int) -> AsyncIterator[Starlette]:
    """Serve `application` until the block ends."""
    server = uvicorn.Server(
        uvicorn.Config(application, port=port, log_level="error", ws_max_size=131_072, lifespan="on")
    )
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(60):
        while not server.started:
            await asyncio.sleep(0.01)
    yield application
    server.should_exit = True
    await serving
