"""A cache of published posts in Redis, with a TTL of a minute. Owns the keys `row:post:*` and `counts:post:*`.

A change of a post replaces the row by a tombstone with a unique name. A reader stores a row only if the key still holds
what the reader found before it read the database: nothing, or the same tombstone. So a read from before a change never
fills the cache after it.

While Redis is away, every read is a cache miss and nothing is stored. Tombstones are set before Redis is read again.

Counts change every few seconds and are stored apart: `counts:post:*`, written by each flush of the counters, outlive
older rows and override their numbers.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

import msgspec

from clients.redis import AWAY, NOT_DONE, Pipeline, Redis, eventually
from domain.posts.rows import Post
from domain.redis_keys import RedisKey
from kit import unreadable

FORMAT = 3
"""Format version of rows. Raise it with every change of Post: processes of two versions may run at the same time."""
LIFE = 60
TOMBSTONE_LIFE = 20  # no read of the database takes as long
COUNTS_LIFE = 2 * LIFE
_TOMBSTONE = b"!"
UNKNOWN = b"?"
"""Stands for a row while Redis is away: nothing is stored in its place."""

_FILL = f"""
if (redis.call('GET', KEYS[1]) or '') == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'EX', {LIFE}) end
"""

_decode = msgspec.msgpack.Decoder(Post).decode
_decode_counts = msgspec.msgpack.Decoder(tuple[int, int]).decode
_encode = msgspec.msgpack.Encoder().encode


REDIS_KEYS = (
    RedisKey(
        f"row:post:{FORMAT}:{{<post>}}",
        "string",
        timedelta(seconds=LIFE),
        "a published post, or a tombstone",
        "it is read from PostgreSQL",
    ),
    RedisKey(
        "counts:post:{<post>}",
        "string",
        timedelta(seconds=COUNTS_LIFE),
        "its likes and comments after the last flush",
        "numbers are up to a minute old",
    ),
)


async def get(
    redis: Redis, ids: Sequence[int], beside: Callable[[Pipeline], None] | None = None
) -> tuple[dict[int, Post], dict[int, bytes]]:
    """Return the cached posts, and for each cache miss what `put` needs: one round trip.

    `beside` adds commands to it.
    """
    pipe = redis.pipeline(transaction=False)
    for id in ids:
        pipe.mget(_row(id), _counts(id))
    if beside is not None:
        beside(pipe)
    try:
        answers = await pipe.execute()
    except AWAY:
        return {}, dict.fromkeys(ids, UNKNOWN)
    found: dict[int, Post] = {}
    instead: dict[int, bytes] = {}
    for id, (blob, counts) in zip(ids, answers, strict=False):
        if not blob or blob.startswith(_TOMBSTONE):
            instead[id] = blob or b""
            continue
        try:
            found[id] = _decode(blob)
            if counts:
                likes, comments = _decode_counts(counts)
                found[id] = msgspec.structs.replace(found[id], likes=likes, comments=comments)
        except unreadable.ERRORS as error:
            unreadable.note("cached post", id, error)
            found.pop(id, None)
            instead[id] = blob
    return found, instead


async def put(redis: Redis, posts: Iterable[Post], instead: Mapping[int, bytes]) -> None:
    """Store published posts for 60 s, where the cache still has what was found `instead` of them."""
    pipe = redis.pipeline(transaction=False)
    for post in posts:
        if post.status == "PUBLISHED" and instead[post.id] != UNKNOWN:
            pipe.eval(_FILL, 1, _row(post.id), instead[post.id], _encode(post))
    if len(pipe):
        with suppress(*NOT_DONE):
            await pipe.execute()


async def put_counts(redis: Redis, counts: Iterable[tuple[int, int, int]]) -> None:
    """Store the counts (post, likes, comments) that a flush has just written."""
    pipe = redis.pipeline(transaction=False)
    for id, likes, comments in counts:
        pipe.set(_counts(id), _encode((likes, comments)), ex=COUNTS_LIFE)
    if len(pipe):
        await pipe.execute()


async def forget(redis: Redis, *ids: int) -> None:
    """Invalidate posts that were changed or deleted. Call it after the commit."""

    async def write() -> None:
        pipe = redis.pipeline(transaction=False)
        for id in ids:
            pipe.set(_row(id), _TOMBSTONE + secrets.token_bytes(8), ex=TOMBSTONE_LIFE)
        await pipe.execute()

    await eventually(redis, write)


def _row(id: int) -> str:
    return f"row:post:{FORMAT}:{{{id}}}"


def _counts(id: int) -> str:
    return f"counts:post:{{{id}}}"
