"""The list of trending hashtags, as it was computed last. Owns the Redis keys `trends:*`.

The worker `trends` computes it each minute. Web processes read it from Redis and keep it for MAX_AGE. When Redis does
not have it, a process computes it itself, once a minute at most.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from clients import postgres
from clients.postgres import Database
from clients.redis import NOT_DONE, Redis
from domain.hashtags.trend_scores import Trend, compute
from domain.redis_keys import RedisKey
from kit import unreadable
from kit.clock import Clock, epoch_ms
from kit.singleflight import SingleFlight

RENEWAL = timedelta(seconds=60)
MAX_AGE = timedelta(seconds=5)
"""How long a process uses what it has read before it looks again."""

WAIT_S = 2.0
"""How long a request waits for a list. Then it is answered from the last one that the process knows."""

LATEST_TTL_S = 300
SNAPSHOT_TTL_S = 1800
"""How long the next pages of a list can be read."""

_LATEST = "trends:{hashtags}:latest"
_TURN = "trends:{hashtags}:turn"

log = logging.getLogger(__name__)


REDIS_KEYS = (
    RedisKey(
        "trends:{hashtags}:latest",
        "string",
        timedelta(seconds=LATEST_TTL_S),
        "the list of trending hashtags",
        "the list is computed again",
    ),
    RedisKey(
        "trends:{hashtags}:<token>",
        "string",
        timedelta(seconds=SNAPSHOT_TTL_S),
        "the list that was computed in that millisecond, for later pages",
        "later pages use the newest list",
    ),
    RedisKey(
        "trends:{hashtags}:turn", "string", RENEWAL, "that a process computes the list", "it is computed once more"
    ),
)


class Snapshot(msgspec.Struct, frozen=True, array_like=True):
    """The trending hashtags, highest score first, as they were computed at `token`, in milliseconds since 1970."""

    token: int
    trends: tuple[Trend, ...]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Snapshot).decode


class Trends:
    """Reads the list. One for each process."""

    def __init__(self, db: Database, redis: Redis, clock: Clock, max_age: timedelta = MAX_AGE) -> None:
        self._db = db
        self._redis = redis
        self._clock = clock
        self._max_age = max_age
        self._known = Snapshot(0, ())
        self._looked_at: datetime | None = None
        self._failed_at: datetime | None = None
        self._in_flight = SingleFlight(self._look)

    async def latest(self) -> Snapshot:
        """The newest list. While PostgreSQL and Redis are away: the last one this process knows, or an empty one."""
        if not self._is_fresh():
            try:
                async with asyncio.timeout(WAIT_S):
                    await self._in_flight.get(["latest"])
            except (*postgres.Unavailable, *NOT_DONE) as error:
                log.warning("the trends of %d are used, newer ones could not be read: %r", self._known.token, error)
        return self._known

    async def at(self, token: int) -> Snapshot | None:
        """The list of that millisecond. None when it has expired, or Redis is away."""
        return self._known if self._known.token == token else await _read(self._redis, _key(token))

    def _is_fresh(self) -> bool:
        # A clock that was set back must not keep a list for longer.
        return self._looked_at is not None and timedelta() <= self._clock() - self._looked_at < self._max_age

    async def _look(self, keys: Sequence[str]) -> dict[str, None]:
        now = self._clock()
        try:
            found = await _read(self._redis, _LATEST)
            if found is None and abs(epoch_ms(now) - self._known.token) >= RENEWAL // timedelta(milliseconds=1):
                found = await self._renew(now)
            self._known = found or self._known
        finally:
            self._looked_at = self._clock()
        return dict.fromkeys(keys)

    async def _renew(self, now: datetime) -> Snapshot | None:
        """Compute the list, but not again within a minute of an attempt that failed."""
        if self._failed_at is not None and timedelta() <= now - self._failed_at < RENEWAL:
            return None
        try:
            return await renew(self._db, self._redis, now)
        except BaseException:
            self._failed_at = self._clock()
            raise


async def take_turn(redis: Redis) -> bool:
    """Whether the caller is to renew the list: true for one process each minute."""
    return bool(await redis.set(_TURN, 1, nx=True, ex=int(RENEWAL.total_seconds())))


async def give_turn_back(redis: Redis) -> None:
    """Let another process renew the list."""
    await redis.delete(_TURN)


async def renew(db: Database, redis: Redis, now: datetime) -> Snapshot:
    """Compute the list at `now` and store it; it is only returned while Redis is away."""
    snapshot = Snapshot(epoch_ms(now), await compute(db, now))
    try:
        await store(redis, snapshot)
    except NOT_DONE as error:
        log.warning("trends were computed, but not stored: %r", error)
    return snapshot


async def store(redis: Redis, snapshot: Snapshot) -> None:
    """Make a list the latest: one round trip."""
    value = _encode(snapshot)
    pipe = redis.pipeline(transaction=False)
    pipe.set(_LATEST, value, ex=LATEST_TTL_S)
    pipe.set(_key(snapshot.token), value, ex=SNAPSHOT_TTL_S)
    await pipe.execute()


async def _read(redis: Redis, key: str) -> Snapshot | None:
    try:
        value = await redis.get(key)
        return _decode(value) if value else None
    except NOT_DONE:
        return None
    except unreadable.ERRORS as error:
        unreadable.note("trends", key, error)
        return None


def _key(token: int) -> str:
    return f"trends:{{hashtags}}:{token}"
