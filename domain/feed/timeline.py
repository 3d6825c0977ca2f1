"""Cached heads of lists by time: of each reader's feed, and of each pulled author's posts. Owns the keys `feed:*`.

`feed:{reader}`, and `feed:of:{author}`, is a sorted set of at most 500 posts: member the id in 19 digits, score the
instant of publication in ms, so that ties are ordered by id. Two more kinds of members:

- FLOOR has as its score the instant down to which the set is complete: everything later is in the set, anything else is
  the database's to answer. While a set is being rebuilt its floor is +inf (nothing is complete yet) and what is pushed
  meanwhile is kept, so that a rebuild loses nothing that was published while it read. Only the rebuild that began a set
  may finish it, within 60 s: until then the set holds its token, `?...`, with the score TOKEN.
- `@author`, at most 50 of them, with the score PULL: posts of these authors are not pushed to this reader, who merges
  `feed:of:{author}` when reading.

A set that does not exist is never pushed to: its reader gets it rebuilt on the next read. A set lives for 14 days from
its last read, so that nothing is pushed to those who do not come.
"""

import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clients.redis import AWAY, Redis, on_each
from domain.redis_keys import RedisKey
from kit.cursor import Position
from kit.unreadable import readable

CAPACITY = 500
PULLS = 50
FLOOR = "~"
AT_ONCE = 100
PULL = -1
TOKEN = -2
BUILD_SECONDS = 60
TTL_S = 14 * 24 * 3600

# Each is a function of one key; `on_each` runs it on many.
_HEAD = f"""
local floor = redis.call('ZSCORE', key, '{FLOOR}')
if not floor or floor == 'inf' then return {{}} end
redis.call('EXPIRE', key, {TTL_S})
return {{
  floor,
  redis.call('ZRANGE', key, {PULL}, {PULL}, 'BYSCORE'),
  redis.call('ZRANGE', key, ARGV[1], 0, 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[2], 'WITHSCORES')
}}
"""

# A twenty-fifth at a time: looking for the lowest costs more than adding does.
_TRIM = f"""
local function trim(key, floor, capacity)
  if redis.call('ZCARD', key) <= capacity + 1 then return end
  local count = redis.call('ZCOUNT', key, '(' .. floor, '+inf')
  if count > capacity then
    local extra = count - capacity + math.floor(capacity / 25)
    local lowest = redis.call('ZRANGE', key, '(' .. floor, '+inf', 'BYSCORE', 'LIMIT', extra - 1, 1, 'WITHSCORES')
    redis.call('ZREMRANGEBYSCORE', key, 0, lowest[2])
    redis.call('ZADD', key, lowest[2], '{FLOOR}')
  end
end
"""

_PUSH = f"""
{_TRIM}
local floor = redis.call('ZSCORE', key, '{FLOOR}')
if not floor then return 0 end
local building, hole = floor == 'inf', tonumber(ARGV[2])
if building and hole > 0 then return redis.call('DEL', key) end -- its rebuild cannot know of it: start again
if hole > tonumber(floor) then
  floor = ARGV[2]
  redis.call('ZREMRANGEBYSCORE', key, 0, floor)
  redis.call('ZADD', key, floor, '{FLOOR}')
end
local pushed = 0
for i = 3, #ARGV, 2 do
  if building or tonumber(ARGV[i]) > tonumber(floor) then
    pushed = pushed + redis.call('ZADD', key, ARGV[i], ARGV[i + 1])
  end
end
if pushed > 0 and not building then trim(key, floor, tonumber(ARGV[1])) end
return 1
"""

_PULL = f"""
if not redis.call('ZSCORE', key, '{FLOOR}') then return 1 end
if redis.call('ZSCORE', key, ARGV[1]) then return 1 end
if redis.call('ZCOUNT', key, {PULL}, {PULL}) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', key, {PULL}, ARGV[1])
return 1
"""

_BEGIN = f"""
if redis.call('EXISTS', key) == 1 then return 0 end
redis.call('ZADD', key, '+inf', '{FLOOR}', {TOKEN}, ARGV[1])
redis.call('EXPIRE', key, {BUILD_SECONDS})
return 1
"""

_FINISH = f"""
{_TRIM}
if redis.call('ZREM', key, ARGV[1]) == 0 then return 0 end
local floor = ARGV[2]
for i = 4, #ARGV, 2 do redis.call('ZADD', key, ARGV[i], ARGV[i + 1]) end
redis.call('ZREMRANGEBYSCORE', key, 0, floor)
redis.call('ZADD', key, floor, '{FLOOR}')
redis.call('EXPIRE', key, {TTL_S})
trim(key, floor, tonumber(ARGV[3]))
return 1
"""


REDIS_KEYS = (
    RedisKey(
        "feed:{<reader>}",
        "zset",
        timedelta(seconds=TTL_S),
        "the newest 500 posts of the feed of a reader",
        "it is rebuilt by the next read",
    ),
    RedisKey(
        "feed:of:{<author>}",
        "zset",
        timedelta(seconds=TTL_S),
        "the newest 500 posts of an author in fan-out-on-read mode",
        "it is rebuilt by the next read",
    ),
)


@dataclass(frozen=True)
class Head:
    """Positions after a cursor, newest first: all there are above `floor` (in ms), or as many as were requested.

    A floor of +inf: no set can answer. `pulls` are authors to be merged in.
    """

    places: Sequence[Position]
    floor: float
    pulls: tuple[int, ...] = ()


class Timeline:
    """Reads and writes the sets, by their keys: see `of_reader` and `of_author`."""

    def __init__(self, redis: Redis, capacity: int = CAPACITY, pulls: int = PULLS, at_once: int = AT_ONCE) -> None:
        """A script runs on `at_once` sets at a time: on a cluster, whose sets lie apart, that must be 1."""
        self.capacity = capacity
        self.pulls = pulls
        self._at_once = at_once
        self._redis = redis

    async def heads(self, keys: Sequence[str], after: Position | None, limit: int) -> list[Head]:
        """Return up to `limit` positions after `after` in each set, and extend their lives: one round trip.

        A second round trip is needed if more than 20 posts were published in the same millisecond as `after`. While
        Redis is away no set can answer.
        """
        heads: dict[str, Head] = {}
        count = limit + 20
        while rest := [key for key in keys if key not in heads]:
            try:
                answers = await self._run(_HEAD, rest, "+inf" if after is None else after[0], count)
            except AWAY:
                return [Head([], math.inf)] * len(keys)
            for key, answer in zip(rest, answers, strict=True):
                head = _head(answer, after, limit)
                if len(head.places) >= limit or not answer or len(answer[2]) < 2 * count:
                    heads[key] = head
            count *= 4
        return [heads[key] for key in keys]

    async def push(self, keys: Sequence[str], places: Sequence[Position], hole: int = 0) -> None:
        """Add posts to these sets: one round trip, more if more than 20,000 members are to be added.

        At `hole` (ms) and before it posts may be missing: the sets are no longer complete there.
        """
        arguments = [text for ms, id in places for text in (ms, _member(id))]
        if not arguments:
            return
        step = max(40_000 // len(arguments), 1)
        for start in range(0, len(keys), step):
            await self._run(_PUSH, keys[start : start + step], self.capacity, hole, *arguments)

    async def remove(self, keys: Sequence[str], post_ids: Sequence[int]) -> None:
        """Remove posts from these sets: one round trip."""
        if not post_ids:
            return
        pipe = self._redis.pipeline(transaction=False)
        for key in keys:
            pipe.zrem(key, *map(_member, post_ids))
        await pipe.execute()

    async def merge(self, keys: Sequence[str], newest: Sequence[Position]) -> None:
        """Add the newest posts of an author, at most `capacity`.

        If there may be more, the floor rises so that none is missed.
        """
        await self.push(keys, newest, newest[-1][0] if len(newest) >= self.capacity else 0)

    async def pull(self, readers: Sequence[int], author_id: int) -> list[int]:
        """Merge the author's set on read for these readers.

        Returns the readers who already merge the maximum of authors.
        """
        answers = await self._run(_PULL, list(map(of_reader, readers)), _pulled(author_id), self.pulls)
        return [reader for reader, taken in zip(readers, answers, strict=True) if not taken]

    async def pull_no_more(self, readers: Sequence[int], author_id: int) -> None:
        """Stop merging the author's set on read for these readers."""
        pipe = self._redis.pipeline(transaction=False)
        for reader in readers:
            pipe.zrem(of_reader(reader), _pulled(author_id))
        await pipe.execute()

    async def begin(self, key: str) -> str | None:
        """Begin to build a set; None if it exists, or another process began less than 60 s ago."""
        token = f"?{secrets.token_hex(8)}"
        [begun] = await self._run(_BEGIN, [key], token)
        return token if begun else None

    async def finish(self, key: str, token: str, newest: Sequence[Position], pulls: Sequence[int] = ()) -> None:
        """Fill the set that was begun with that token with the `newest` posts, at most `capacity`, read since."""
        floor = newest[-1][0] if len(newest) >= self.capacity else 0
        arguments = [text for ms, id in newest for text in (ms, _member(id))]
        arguments += [text for author in pulls for text in (PULL, _pulled(author))]
        await self._run(_FINISH, [key], token, floor, self.capacity, *arguments)

    async def forget(self, *keys: str) -> None:
        """Drop these sets."""
        await self._redis.delete(*keys)

    async def _run(self, script: str, keys: Sequence[str], *arguments: object) -> list[Any]:
        """Return the result of a script for each of `keys`: one round trip."""
        return await on_each(self._redis, script, keys, *arguments, at_once=self._at_once)


def of_reader(reader_id: int) -> str:
    """Return the key of a reader's feed."""
    return f"feed:{{{reader_id}}}"


def of_author(author_id: int) -> str:
    """Return the key of the posts of a fan-out-on-read author."""
    return f"feed:of:{{{author_id}}}"


def _head(answer: Any, after: Position | None, limit: int) -> Head:
    if not answer:
        return Head([], math.inf)
    floor, pulls, found = answer
    members = zip(found[1::2], found[::2], strict=True)
    known = (pair for pair in members if pair[1] != FLOOR.encode())
    places = readable("feed entry", known, lambda pair: (int(pair[0]), int(pair[1])))
    if after is not None:
        places = [place for place in places if place < after]
    return Head(places[:limit], float(floor), tuple(int(member[1:]) for member in pulls))


def _member(post_id: int) -> str:
    return f"{post_id:019d}"


def _pulled(author_id: int) -> str:
    return f"@{author_id}"
