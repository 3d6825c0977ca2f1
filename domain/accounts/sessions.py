"""Whether a session is live, read from Redis in one round trip. Owns the keys `session:*`.

An access token is valid until it expires, even after its session has ended. Reads of private data therefore also check
the session here, so that signing out ends them at once. Redis caches for each session what PostgreSQL said. On a cache
miss PostgreSQL is asked before anything is served.
"""

import asyncio
import logging
from collections.abc import Collection
from datetime import timedelta

from clients.postgres import Database, Queries
from clients.redis import NOT_DONE, Redis, eventually
from domain.redis_keys import RedisKey
from kit import deadline

LIVE_S = 60
"""How long Redis caches that a session is live. This is also the longest that reads continue if Redis missed its end.
"""
WAIT_S = 0.3
"""A read does not wait longer for Redis: PostgreSQL knows the answer too."""

_ENDED_S = 16 * 60
"""How long Redis caches that a session has ended; after that PostgreSQL is asked again."""

log = logging.getLogger(__name__)


REDIS_KEYS = (
    RedisKey(
        "session:{<session>}",
        "string",
        timedelta(seconds=_ENDED_S),
        "whether the session is live or has ended",
        "PostgreSQL is asked",
    ),
)


class Sessions:
    """Reads and caches the state of sessions."""

    def __init__(self, db: Database, redis: Redis) -> None:
        self._db = db
        self._redis = redis
        self._writing: set[asyncio.Task[None]] = set()

    async def is_live(self, session_id: int) -> bool:
        """Return whether the session is live and its account is active. Raises what PostgreSQL raises."""
        key = _key(session_id)
        try:
            async with asyncio.timeout(WAIT_S):
                known = await self._redis.get(key)
        except NOT_DONE:
            return session_id in await live(self._db, [session_id])
        if known is not None:
            return bool(known == b"live")
        is_live = session_id in await live(self._db, [session_id])
        try:
            # Unless the session has ended in the meantime.
            async with asyncio.timeout(WAIT_S):
                await self._redis.set(key, "live" if is_live else "ended", ex=LIVE_S if is_live else _ENDED_S, nx=True)
        except NOT_DONE as error:
            log.warning("Redis did not take the state of a session: %r", error)
        return is_live

    async def end(self, session_ids: Collection[int]) -> None:
        """Record that sessions have ended: their access tokens cannot read private data any more.

        Called after the commit, which cannot be undone, so Redis is updated even if the caller is cancelled. While
        Redis is away PostgreSQL is asked, and Redis is updated before it is asked again.
        """
        writing = asyncio.create_task(self._write(session_ids), context=deadline.detached())
        self._writing.add(writing)
        writing.add_done_callback(self._written)
        await asyncio.shield(writing)

    def _written(self, writing: asyncio.Task[None]) -> None:
        self._writing.discard(writing)
        if not writing.cancelled() and (error := writing.exception()):
            log.error("Redis was not told which sessions have ended", exc_info=error)

    async def _write(self, session_ids: Collection[int]) -> None:
        async def write() -> None:
            pipe = self._redis.pipeline(transaction=False)
            for session_id in session_ids:
                pipe.set(_key(session_id), "ended", ex=_ENDED_S)
            await pipe.execute()

        if session_ids:
            await eventually(self._redis, write)


async def live(db: Queries, session_ids: Collection[int]) -> set[int]:
    """Return those of these sessions that have not ended, and whose account is active."""
    records = await db.fetch(
        """
        SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id = ANY($1) AND s.ended_at IS NULL AND u.status = 'ACTIVE'
        """,
        list(session_ids),
    )
    return {record["id"] for record in records}


def _key(session_id: int) -> str:
    return f"session:{{{session_id}}}"
