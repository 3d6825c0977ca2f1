"""The outside systems of a worker process, opened together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from clients import postgres, s3
from clients import redis as valkey
from config import Settings


@dataclass(frozen=True)
class Parts:
    """What a worker works with."""

    settings: Settings
    db: postgres.Database
    redis: valkey.Redis
    waiting_redis: valkey.Redis
    bucket: s3.Bucket


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Parts]:
    """Open every part, and close it in the end."""
    db = await postgres.connect(str(settings.database_url), size=settings.database_pool)
    commands = valkey.connect(str(settings.redis_url))
    waiting = valkey.connect(str(settings.redis_url), waits=True)
    try:
        async with s3.connect(
            str(settings.s3_endpoint),
            settings.s3_region,
            str(settings.s3_access_key),
            str(settings.s3_secret_key),
            settings.s3_bucket,
        ) as bucket:
            yield Parts(settings, db, commands, waiting, bucket)
    finally:
        await waiting.aclose()
        await commands.aclose()
        await db.close()
