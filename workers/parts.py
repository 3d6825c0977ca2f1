"""The clients of a worker process, opened together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from clients import postgres, s3
from clients import redis as valkey
from clients.edge import Edges
from clients.shards import Shards
from config import Settings


@dataclass(frozen=True)
class Parts:
    """The clients of a worker; `edges` if the settings name any."""

    settings: Settings
    db: postgres.Database
    redis: valkey.Redis
    waiting_redis: valkey.Redis
    live: Shards
    bucket: s3.Bucket
    edges: Edges | None = None


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Parts]:
    """Open all clients, and close them at the end."""
    db = await postgres.connect(str(settings.database_url), size=settings.database_pool)
    commands = valkey.connect(str(settings.redis_url))
    waiting = valkey.connect(str(settings.redis_url), waits=True)
    live = Shards(settings.live_redis_url or str(settings.redis_url))
    edges = Edges(settings.purge_url) if settings.purge_url else None
    try:
        async with s3.connect(
            str(settings.s3_endpoint),
            settings.s3_region,
            str(settings.s3_access_key),
            str(settings.s3_secret_key),
            settings.s3_bucket,
        ) as bucket:
            await live.open()
            yield Parts(settings, db, commands, waiting, live, bucket, edges)
    finally:
        if edges:
            await edges.close()
        await live.close()
        await waiting.aclose()
        await commands.aclose()
        await db.close()
