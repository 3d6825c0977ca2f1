"""Posts in batches: from the row cache, then from one query."""

from collections.abc import Sequence

import msgspec

from clients.postgres import Queries, Row
from clients.redis import Redis
from domain import privacy
from domain.media.rows import Photo
from domain.posts import cache
from domain.posts.rows import Post, instant, milliseconds
from domain.rows import by_id
from kit.cursor import Position
from kit.paging import Request

NEWEST: Position = (2**53 - 1, 2**63 - 1)
_LAST = 253_402_300_799_999

_POSTS = """
SELECT p.id, p.author_id, p.status, p.caption, coalesce(p.published_at, p.created_at) AS created_at,
       coalesce(m.media, '[]') AS media
FROM posts p LEFT JOIN LATERAL (
    SELECT jsonb_agg(u.media || jsonb_build_object('id', u.id, 'alt_text', a.alt_text) ORDER BY a.position) AS media
    FROM attachments a JOIN uploads u ON u.id = a.upload_id WHERE a.post_id = p.id AND u.status = 'READY'
) m ON true WHERE p.id = ANY($1)"""

_decode_media = msgspec.json.Decoder(tuple[Photo, ...]).decode


async def posts(db: Queries, redis: Redis, viewer_id: int, ids: Sequence[int]) -> list[Post | None]:
    """Posts by id; None for what is not there or not for this viewer.

    One round trip to Redis; for what it lacks, one query and one round trip more.
    """
    found = await cache.get(redis, ids)
    missing = [id for id in ids if id not in found]
    if missing:
        read = [_post(record) for record in await db.fetch(_POSTS, missing)]
        await cache.put(redis, read)
        found |= by_id(read)
    return privacy.visible_posts(viewer_id, [found.get(id) for id in ids])


async def pages_of_authors(
    db: Queries, authors: Sequence[int], request: Request
) -> list[tuple[list[tuple[Position, int]], bool]]:
    """For each author: places and ids of the newest published posts beyond the cursor, and whether there are more."""
    records = await db.fetch(_NEWEST, authors, *_bounds(request.after), request.first + 1)
    found: dict[int, list[tuple[Position, int]]] = {}
    for record in records:
        found.setdefault(record["author_id"], []).append((_position(record), record["id"]))
    return [
        (rows[: request.first], len(rows) > request.first) for rows in (found.get(author, []) for author in authors)
    ]


async def newest_of_authors(
    db: Queries, authors: Sequence[int], after: Position | None, limit: int
) -> list[tuple[Position, int]]:
    """Places and ids of the newest published posts by any of `authors` beyond `after`, newest first."""
    records = await db.fetch(
        f"{_NEWEST} ORDER BY p.published_at DESC, p.id DESC LIMIT $4", authors, *_bounds(after), limit
    )
    return [(_position(record), record["id"]) for record in records]


_NEWEST = """
SELECT p.id, p.author_id, p.published_at FROM unnest($1::bigint[]) AS a(id)
CROSS JOIN LATERAL (
    SELECT id, author_id, published_at FROM posts
    WHERE author_id = a.id AND published_at IS NOT NULL AND (published_at, id) < ($2, $3)
    ORDER BY published_at DESC, id DESC LIMIT $4
) p"""


def _bounds(after: Position | None) -> tuple[object, int]:
    ms, id = after or NEWEST
    return instant(min(ms, _LAST)), id


def _position(record: Row) -> Position:
    return milliseconds(record["published_at"]), record["id"]


def _post(record: Row) -> Post:
    return Post(**{**record, "media": _decode_media(record["media"])})
