"""Who is connected live. Owns the keys `presence:*`.

A process that holds sockets says so every few seconds for everybody on them; nobody has to say that they have left.
"""

from collections.abc import Sequence
from datetime import timedelta

from clients.redis import Redis

KEPT = timedelta(seconds=15)


async def seen(redis: Redis, user_ids: Sequence[int]) -> None:
    """These people are connected to this process: for the next 15 s they count as online. One round trip."""
    if user_ids:
        pipe = redis.pipeline(transaction=False)
        for id in user_ids:
            pipe.set(_key(id), 1, ex=KEPT)
        await pipe.execute()


async def online(redis: Redis, user_ids: Sequence[int]) -> set[int]:
    """Those of these people who are connected, or were 15 s ago. One round trip."""
    if not user_ids:
        return set()
    pipe = redis.pipeline(transaction=False)
    for id in user_ids:
        pipe.exists(_key(id))
    return {id for id, found in zip(user_ids, await pipe.execute(), strict=True) if found}


def _key(user_id: int) -> str:
    return f"presence:{user_id}"
