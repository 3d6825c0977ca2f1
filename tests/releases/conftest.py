"""The previous release as processes of its own, on its dump, and this version beside it."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec
import pytest

from clients import redis
from embedded import stack as stacks
from embedded.stack import Stack
from tests.conftest import LIMITS
from tests.releases import COMMIT, DUMP, SECRETS, dumps
from tests.releases.versions import ROOT, NoHistory, Version, check_out

DATABASE, REDIS_DATABASE, BUCKET = "upgraded", "3", "upgraded"


@dataclass(frozen=True)
class Releases:
    """The `old` version and the `new` one, which share one database, Redis and bucket."""

    old: Version
    new: Version
    db: asyncpg.Pool
    redis: redis.Redis


@pytest.fixture
async def releases(stack: Stack, database: str) -> AsyncIterator[Releases]:
    """Neither version runs, and the database is that of the old one's dump."""
    folder = Path(tempfile.mkdtemp(prefix="heliograph-releases-"))
    try:
        await asyncio.to_thread(check_out, COMMIT, folder / "code")
    except NoHistory as reason:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"the previous release is not here: {reason}")
    own = {
        **SECRETS,
        "database_url": database.rsplit("/", 1)[0] + f"/{DATABASE}",
        "redis_url": str(stack.settings.redis_url).rsplit("/", 1)[0] + f"/{REDIS_DATABASE}",
        "s3_bucket": BUCKET,
        "media_url": "http://media.example/media",
        "max_cost": 1_000_000,
        "limits": {"*": LIMITS["*"]},
    }
    settings = msgspec.structs.replace(stack.settings, **own)
    old = Version("old", folder / "code", settings, folder)
    new = Version("new", ROOT, msgspec.structs.replace(settings, limits=LIMITS), folder)
    admin = await asyncpg.connect(database.rsplit("/", 1)[0] + "/postgres")
    valkey = redis.connect(str(settings.redis_url))
    try:
        assert await asyncio.to_thread(stacks._made_bucket, settings)
        await valkey.flushdb()
        await admin.execute(f"CREATE DATABASE {DATABASE}")
        await dumps.restore(DUMP, str(settings.database_url))
        async with asyncpg.create_pool(str(settings.database_url), min_size=1, max_size=3) as db:
            yield Releases(old, new, db, valkey)
    finally:
        new.stop()
        old.stop()
        await admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        await admin.close()
        await valkey.flushdb()
        await valkey.aclose()
        shutil.rmtree(folder, ignore_errors=True)
