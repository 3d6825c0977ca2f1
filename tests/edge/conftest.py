"""A second API beside that of all tests, whose URLs are signed."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
import uvicorn

import app
from config import Settings
from embedded.process import free_port
from tests.conftest import Clock
from tests.support.client import until

KEY = "a-key-that-the-edge-knows-as-well-as-we"
SECONDS = 120


@pytest.fixture(scope="session")
async def signed(settings: Settings, database: str, now: Clock) -> AsyncIterator[str]:
    """Its URL."""
    port = free_port()
    own = msgspec.structs.replace(
        settings,
        port=port,
        media_url=f"http://127.0.0.1:{port}/media",
        media_key=KEY,
        media_seconds=SECONDS,
    )
    server = uvicorn.Server(uvicorn.Config(app.create(own, now), port=port, log_level="error"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve())
    await until(lambda: asyncio.sleep(0, server.started), bool)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving
