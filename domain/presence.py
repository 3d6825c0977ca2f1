"""Presence: users with an open socket. Owns the keys `presence:*`.

A process with sockets sends a heartbeat every few seconds for all of their users. Nothing needs to report a
disconnection.
"""

from collections.abc import Sequence
from datetime import timedelta

from clients.redis import Redis
from domain.redis_keys import RedisKey

TTL = timedelta(seconds=15)
_AT_ONCE = 500  # more of them would hold up the event loop: 5,000 for some 60 ms


REDIS_KEYS = (
    RedisKey(
        "presence:<user>",
        "string",
        TTL,
        "that the user is connected live",
        "the next heartbeat of their process restores it; until then they get push notifications too",
    ),
)


async def seen(redis: Redis, user_ids: Sequence[int]) -> None:
    """Mark users as connected to this process: they are online for the next 15 s. One round trip for each 500."""
    for start in range(0, len(user_ids), _AT_ONCE):
        pipe = redis.pipeline(transaction=False)
        for id in user_ids[start : start + _AT_ONCE]:
            pipe.set(_key(id), 1, ex=TTL)
        await pipe.execute()


async def online(redis: Redis, user_ids: Sequence[int]) -> set[int]:
    """Return those of these users who are connected, or were within the last 15 s. One round trip for each 500."""
    found: set[int] = set()
    for start in range(0, len(user_ids), _AT_ONCE):
        some = user_ids[start : start + _AT_ONCE]
        pipe = redis.pipeline(transaction=False)
        for id in some:
            pipe.exists(_key(id))
        found |= {id for id, is_there in zip(some, await pipe.execute(), strict=True) if is_there}
    return found


def _key(user_id: int) -> str:
    return f"presence:{user_id}"
