"""Published posts as rows in Redis, for a minute. Owns the keys `row:post:*` and `counts:post:*`.

Whoever changes a post puts an empty tombstone in its row's place; a reader who had read the database before the change
cannot fill the row behind it, because rows are only set where there is nothing.

What changes every few seconds lies beside the row: `counts:post:*`, written by each flush of the counters, outlives the
rows that were read before it, and overrides their numbers.
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence

import msgspec

from clients.redis import Pipeline, Redis
from domain.posts.rows import Post

LIFE = 60
TOMBSTONE_LIFE = 20  # no read of the database takes as long
COUNTS_LIFE = 2 * LIFE

_decode = msgspec.msgpack.Decoder(Post).decode
_decode_counts = msgspec.msgpack.Decoder(tuple[int, int]).decode
_encode = msgspec.msgpack.Encoder().encode


async def get(
    redis: Redis, ids: Sequence[int], beside: Callable[[Pipeline], None] | None = None
) -> tuple[dict[int, Post], set[int]]:
    """What the cache has of these posts, and which of them have just changed: one round trip, `beside` included."""
    pipe = redis.pipeline(transaction=False)
    for id in ids:
        pipe.mget(_row(id), _counts(id))
    if beside is not None:
        beside(pipe)
    found, changed = {}, set()
    for id, (blob, counts) in zip(ids, await pipe.execute(), strict=False):
        if blob == b"":
            changed.add(id)
        elif blob:
            with contextlib.suppress(msgspec.ValidationError):  # by another version of this code
                post = found[id] = _decode(blob)
                if counts:
                    likes, comments = _decode_counts(counts)
                    found[id] = msgspec.structs.replace(post, likes=likes, comments=comments)
    return found, changed


async def put(redis: Redis, posts: Iterable[Post]) -> None:
    """Keep published posts for 60 s."""
    pipe = redis.pipeline(transaction=False)
    for post in posts:
        if post.status == "PUBLISHED":
            pipe.set(_row(post.id), _encode(post), ex=LIFE, nx=True)
    if len(pipe):
        await pipe.execute()


async def put_counts(redis: Redis, counts: Iterable[tuple[int, int, int]]) -> None:
    """(post, likes, comments) as a flush has just left them."""
    pipe = redis.pipeline(transaction=False)
    for id, likes, comments in counts:
        pipe.set(_counts(id), _encode((likes, comments)), ex=COUNTS_LIFE)
    if len(pipe):
        await pipe.execute()


async def forget(redis: Redis, *ids: int) -> None:
    """These posts have changed or gone: call after the change has been committed."""
    pipe = redis.pipeline(transaction=False)
    for id in ids:
        pipe.set(_row(id), b"", ex=TOMBSTONE_LIFE)
    await pipe.execute()


def _row(id: int) -> str:
    return f"row:post:{{{id}}}"


def _counts(id: int) -> str:
    return f"counts:post:{{{id}}}"
