"""Who is connected live. Owns the keys `presence:*`.

A process that holds sockets says so every few seconds for everybody on them; nobody has to say that they have left.
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
    """These people are connected to this process: for the next 15 s they are online. A round trip for each 500."""
    for start in range(0, len(user_ids), _AT_ONCE):
        pipe = redis.pipeline(transaction=False)
        for id in user_ids[start : start + _AT_ONCE]:
            pipe.set(_key(id), 1, ex=TTL)
        await pipe.execute()


async def online(redis: Redis, user_ids: Sequence[int]) -> set[int]:
    """Those of these people who are connected, or were within the last 15 s. A round trip for each 500."""
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
