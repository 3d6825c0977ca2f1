"""Published posts as rows in Redis, for a minute. Owns the keys `row:post:*`.

Whoever changes a post puts an empty tombstone in its row's place; a reader who had read the database before the change
cannot fill the row behind it, because rows are only set where there is nothing.
"""

from collections.abc import Iterable, Sequence

import msgspec

from clients.redis import Redis
from domain.posts.rows import Post

LIFE = 60
TOMBSTONE_LIFE = 5

_decode = msgspec.msgpack.Decoder(Post).decode
_encode = msgspec.msgpack.Encoder().encode


async def get(redis: Redis, ids: Sequence[int]) -> dict[int, Post]:
    """What the cache has of these posts: one round trip."""
    pipe = redis.pipeline(transaction=False)
    for id in ids:
        pipe.get(_key(id))
    blobs = await pipe.execute()
    return {id: _decode(blob) for id, blob in zip(ids, blobs, strict=True) if blob}


async def put(redis: Redis, posts: Iterable[Post]) -> None:
    """Keep published posts for 60 s."""
    pipe = redis.pipeline(transaction=False)
    for post in posts:
        if post.status == "PUBLISHED":
            pipe.set(_key(post.id), _encode(post), ex=LIFE, nx=True)
    if len(pipe):
        await pipe.execute()


async def forget(redis: Redis, id: int) -> None:
    """The post has changed or gone: call after the change has been committed."""
    await redis.set(_key(id), b"", ex=TOMBSTONE_LIFE)


def _key(id: int) -> str:
    return f"row:post:{{{id}}}"
