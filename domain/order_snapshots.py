"""The order of a list as it was when its first page was read, for the pages that follow.

A key is a hash of at most four, by the millisecond they were made in; it lives for 30 minutes from its last use.
"""

from clients.redis import AWAY, Pipeline, Redis

MAX_SNAPSHOTS = 4
TTL_S = 1800

_KEEP = f"""
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], {TTL_S})
if redis.call('HLEN', KEYS[1]) > {MAX_SNAPSHOTS} then
  local tokens = redis.call('HKEYS', KEYS[1])
  table.sort(tokens)
  redis.call('HDEL', KEYS[1], tokens[1])
end
"""


def keep(pipe: Pipeline, key: str, token: int, order: bytes) -> None:
    """Keep an order, and at most three from before."""
    pipe.eval(_KEEP, 1, key, str(token), order)


async def find(redis: Redis, key: str, token: int) -> bytes | None:
    """The stored order whose token (its time of creation in ms) is `token`; None if it has expired or Redis is away.

    One round trip.
    """
    pipe = redis.pipeline(transaction=False)
    pipe.hget(key, str(token))
    pipe.expire(key, TTL_S)
    order: bytes | None
    try:
        order, _ = await pipe.execute()
    except AWAY:
        return None
    return order
