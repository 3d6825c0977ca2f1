"""The cached head of each reader's chronological feed. Owns the keys `feed:*`.

`feed:{reader}` is a sorted set of at most 500 posts: member the id in 19 digits, score the instant of publication in
ms, so that ties are ordered by id. One more member, FLOOR, has as its score the instant down to which the set is
complete: everything later is in the set, anything else is the database's to answer. While a set is being rebuilt its
floor is +inf (nothing is complete yet) and what is pushed meanwhile is kept, so that a rebuild loses nothing that was
published while it read. A set that does not exist is never pushed to: its reader gets it rebuilt on the next read.
That is also how a set's life of 14 days ends, so that the sets of readers who never come again do not stay.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from clients.postgres import Queries
from clients.redis import Redis
from domain.graph import reads as graph
from domain.posts.reads import newest_of_authors
from kit.cursor import Position

CAPACITY = 500
FLOOR = "~"
BUILD_SECONDS = 60
LIFE_SECONDS = 14 * 24 * 3600

_TRIM = f"""
local function trim()
  local extra = redis.call('ZCARD', KEYS[1]) - 1 - {CAPACITY}
  if extra > 0 then
    local lowest = redis.call('ZRANGE', KEYS[1], extra, extra, 'WITHSCORES')
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', lowest[2])
    redis.call('ZADD', KEYS[1], lowest[2], '{FLOOR}')
  end
end
"""

_PUSH = f"""
{_TRIM}
local floor = redis.call('ZSCORE', KEYS[1], '{FLOOR}')
if not floor then return 0 end
local building = floor == 'inf'
for i = 1, #ARGV, 2 do
  if building or tonumber(ARGV[i]) > tonumber(floor) then redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
if not building then trim() end
return 1
"""

_BEGIN = f"""
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('ZADD', KEYS[1], '+inf', '{FLOOR}')
redis.call('EXPIRE', KEYS[1], {BUILD_SECONDS})
return 1
"""

_FINISH = f"""
{_TRIM}
if redis.call('ZSCORE', KEYS[1], '{FLOOR}') ~= 'inf' then return 0 end
for i = 2, #ARGV, 2 do redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[1], '{FLOOR}')
redis.call('EXPIRE', KEYS[1], {LIFE_SECONDS})
trim()
return 1
"""

_RAISE_FLOOR = f"""
local floor = redis.call('ZSCORE', KEYS[1], '{FLOOR}')
if not floor then return 0 end
if floor == 'inf' then return redis.call('DEL', KEYS[1]) end -- its rebuild cannot know of this hole: begin anew
if tonumber(floor) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[1], '{FLOOR}')
return 1
"""


class Timeline:
    """Reads and writes the sets."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._push = redis.register_script(_PUSH)
        self._begin = redis.register_script(_BEGIN)
        self._finish = redis.register_script(_FINISH)
        self._raise_floor = redis.register_script(_RAISE_FLOOR)

    async def head(self, reader_id: int, after: Position | None, limit: int) -> tuple[list[Position], float]:
        """Up to `limit` places beyond `after`, newest first, and the instant below which the database must answer.

        That instant is -inf where the set answered in full, +inf where it cannot answer at all. One round trip
        for a first page, two for others, unless more than 20 posts were published in the very millisecond of `after`.
        """
        start, count = 0, limit + 20
        top: str | int = "+inf"
        if after is not None:
            top = after[0]
            floor = await self._redis.zscore(_key(reader_id), FLOOR)
            if floor is None or floor == math.inf:
                return [], math.inf  # the floor is above the cursor, where the range below does not see it
        places: list[Position] = []
        while True:
            found: Any = await self._redis.zrange(
                _key(reader_id), top, "-inf", desc=True, byscore=True, withscores=True, offset=start, num=count
            )
            for member, score in found:
                if member == FLOOR.encode():
                    return places[:limit], score if len(places) < limit else -math.inf
                place = (int(score), int(member))
                if after is None or place < after:
                    places.append(place)
            if len(places) >= limit:
                return places[:limit], -math.inf
            if len(found) < count:
                return [], math.inf
            start += count

    async def push(self, readers: Sequence[int], places: Iterable[Position]) -> None:
        """Add posts to the sets of `readers`: one round trip."""
        arguments = [text for ms, id in places for text in (ms, _member(id))]
        if not arguments:
            return
        pipe = self._redis.pipeline(transaction=False)
        for reader in readers:
            await self._push(keys=[_key(reader)], args=arguments, client=pipe)
        await pipe.execute()

    async def remove(self, readers: Sequence[int], post_ids: Sequence[int]) -> None:
        """Take posts out of the sets of `readers`: one round trip."""
        if not post_ids:
            return
        pipe = self._redis.pipeline(transaction=False)
        for reader in readers:
            pipe.zrem(_key(reader), *map(_member, post_ids))
        await pipe.execute()

    async def merge(self, reader_id: int, newest: Sequence[Position]) -> None:
        """Bring in the newest posts of somebody, at most CAPACITY of them: where there may be more, none are missed."""
        await self.push([reader_id], newest)
        if len(newest) >= CAPACITY:
            await self._raise_floor(keys=[_key(reader_id)], args=[newest[-1][0]])

    async def rebuild(self, db: Queries, reader_id: int) -> bool:
        """Fill a set that does not exist from the database; False where there is one or somebody is at it.

        A rebuild that dies is begun again by a read after 60 s.
        """
        if not await self._begin(keys=[_key(reader_id)]):
            return False
        authors = await graph.wanted(db, reader_id)
        places = await newest_of_authors(db, authors, None, CAPACITY)
        floor = places[-1][0][0] if len(places) == CAPACITY else 0
        arguments = [text for (ms, id), _ in places for text in (ms, _member(id))]
        await self._finish(keys=[_key(reader_id)], args=[floor, *arguments])
        return True

    async def forget(self, reader_id: int) -> None:
        """Drop a reader's set."""
        await self._redis.delete(_key(reader_id))


def _key(reader_id: int) -> str:
    return f"feed:{{{reader_id}}}"


def _member(post_id: int) -> str:
    return f"{post_id:019d}"
