"""A database and a Valkey of a test's own."""

from collections.abc import AsyncIterator

import pytest

from clients import postgres, redis
from clients.postgres import Database
from clients.redis import Redis
from config import Settings


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    pool = await postgres.connect(spare_database, size=8)
    yield pool
    await pool.close()


@pytest.fixture
async def valkey(settings: Settings) -> AsyncIterator[Redis]:
    """A database of its own, to be flushed."""
    client = redis.connect(str(settings.redis_url).rsplit("/", 1)[0] + "/1")
    yield client
    await client.flushdb()
    await client.aclose()
