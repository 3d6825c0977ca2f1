"""Live stories and seen stories, as sets in Redis. Owns the keys `stories:*`.

- `stories:{author}`: the author's live stories. A member is a story ID, negative if its audience is close friends; its
score is the instant in ms of its end.

Beside them a set that is complete has KNOWN, with the score +inf. A change of the stories behind a set puts a tombstone
with a name of its own in its place. A set is filled only where there is what its reader had found before reading the
database: nothing, or that very tombstone, and then the read began after the change it stands for (as in posts/cache).
A set that a dying process did not update is filled again within a quarter of an hour. While
Redis is away the database answers, and nothing is kept.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from clients.postgres import Queries
from clients.redis import AWAY, Redis, eventually, on_each
from domain.redis_keys import RedisKey
from domain.stories.rows import LIFE
from kit import ids
from kit.clock import epoch_ms

KNOWN = "~"
SECONDS = 900
TOMBSTONE_SECONDS = 60  # two queries, with the waits for their connections, take at most half as long
MAX_SEEN = 10_000

# Most authors have no stories: a set with one member is KNOWN alone, and is not read. A tombstone has a second member.
_READ = f"""
if redis.call('ZCARD', key) == 1 then return 1 end
local found = redis.call('ZRANGE', key, ARGV[1], '+inf', 'BYSCORE', 'WITHSCORES')
if found[1] == '{KNOWN}' then return 1 end
return found
"""

_CHANGED = f"""
redis.call('DEL', key)
redis.call('ZADD', key, '+inf', ARGV[1], '+inf', '!')
redis.call('EXPIRE', key, {TOMBSTONE_SECONDS})
return 1
"""

_SAW = f"""
if not redis.call('ZSCORE', key, '{KNOWN}') then {_CHANGED} end
for n = 3, #ARGV do redis.call('ZADD', key, 'NX', ARGV[2], ARGV[n]) end
return 1
"""

# Lua's stack holds some 8,000 values.
_FILL = f"""
local found = redis.call('ZRANGE', KEYS[1], '+inf', '+inf', 'BYSCORE')
if (found[1] or '') ~= ARGV[1] then return end
redis.call('DEL', KEYS[1])
redis.call('ZADD', KEYS[1], '+inf', '{KNOWN}')
for n = 2, #ARGV, 4000 do redis.call('ZADD', KEYS[1], unpack(ARGV, n, math.min(n + 3999, #ARGV))) end
redis.call('EXPIRE', KEYS[1], {SECONDS})
"""

_LIVE = """
SELECT author_id, CASE audience WHEN 'CLOSE_FRIENDS' THEN -id ELSE id END AS member, published_at
FROM stories WHERE author_id = ANY($1) AND published_at > $2"""

_SEEN = f"SELECT story_id, id FROM story_views WHERE viewer_id = $1 AND id >= $2 ORDER BY id DESC LIMIT {MAX_SEEN}"

_DAY = int(LIFE.total_seconds() * 1000)

_VIEWER = 0
"""Stands for the set of seen stories among the IDs of authors."""

Scored = list[tuple[int, int]]
"""Members of a set, and the instants (ms) at which their day began."""


REDIS_KEYS = (
    RedisKey(
        "stories:{<author>}",
        "zset",
        timedelta(seconds=SECONDS),
        "live stories of the author",
        "it is filled from PostgreSQL",
    ),
    RedisKey(
        "stories:seen:{<viewer>}",
        "zset",
        timedelta(seconds=SECONDS),
        "stories that the viewer has seen within a day",
        "it is filled from PostgreSQL",
    ),
)


async def read(
    db: Queries, redis: Redis, viewer_id: int, authors: Sequence[int], now: datetime
) -> tuple[dict[int, Scored], dict[int, int]]:
    """Return the live stories of each author who has any, and when (ms) the viewer saw each.

    One round trip to Redis. On a cache miss: a query for all authors, one for the viewer, and a round trip to fill the
    cache.
    """
    owners = [*authors, _VIEWER]
    keys = [*map(of_author, authors), of_viewer(viewer_id)]
    sets: dict[int, Scored] = {}
    try:
        found = await on_each(redis, _READ, keys, f"({epoch_ms(now)}")
    except AWAY:
        found = []
        sets = await _read(db, viewer_id, owners, now)
    lacking: dict[int, tuple[str, str]] = {}
    for owner, key, answer in zip(owners, keys, found, strict=False):
        if answer == 1:
            continue
        if answer and not answer[0].startswith(b" "):
            *answer, _, _ = answer
            sets[owner] = [
                (int(member), int(over) - _DAY) for member, over in zip(answer[::2], answer[1::2], strict=True)
            ]
        else:
            lacking[owner] = key, answer[0].decode() if answer else ""
    if lacking:
        sets |= await _refill(db, redis, viewer_id, lacking, now)
    seen = dict(sets.pop(_VIEWER, []))
    return {author_id: stories for author_id, stories in sets.items() if stories}, seen


async def forget(redis: Redis, *keys: str) -> None:
    """Invalidate these sets. Call it after the commit."""
    await eventually(redis, lambda: on_each(redis, _CHANGED, keys, _tombstone()))


async def saw(redis: Redis, viewer_id: int, story_ids: Sequence[int], now: datetime) -> None:
    """Record that the viewer has seen stories `now`. Call it after the commit."""
    over = epoch_ms(now) + _DAY
    await eventually(redis, lambda: on_each(redis, _SAW, [of_viewer(viewer_id)], _tombstone(), over, *story_ids))


async def _refill(
    db: Queries, redis: Redis, viewer_id: int, lacking: Mapping[int, tuple[str, str]], now: datetime
) -> dict[int, Scored]:
    """Read the sets of these owners from the database; fill the cache where it still has what was found before."""
    sets = await _read(db, viewer_id, lacking, now)
    pipe = redis.pipeline(transaction=False)
    for owner, (key, instead) in lacking.items():
        pipe.eval(_FILL, 1, key, instead, *(each for member, at in sets[owner] for each in (at + _DAY, member)))
    with suppress(*AWAY):
        await pipe.execute()
    return sets


async def _read(db: Queries, viewer_id: int, lacking: Collection[int], now: datetime) -> dict[int, Scored]:
    """Read the sets of these owners from the database."""
    sets: dict[int, Scored] = {owner: [] for owner in lacking}
    if authors := [owner for owner in lacking if owner != _VIEWER]:
        for author_id, member, published_at in await db.fetch(_LIVE, authors, now - LIFE):
            sets[author_id].append((member, epoch_ms(published_at)))
    if _VIEWER in lacking:
        records = await db.fetch(_SEEN, viewer_id, ids.since(now - LIFE))
        sets[_VIEWER] = [(record[0], epoch_ms(ids.made_at(record[1]))) for record in records]
    return sets


def of_author(author_id: int) -> str:
    """Return the key of an author's live stories."""
    return f"stories:{{{author_id}}}"


def of_viewer(viewer_id: int) -> str:
    """Return the key of a viewer's seen stories."""
    return f"stories:seen:{{{viewer_id}}}"


def _tombstone() -> str:
    return f" {secrets.token_hex(8)}"
