"""Posts in batches: from the row cache, then from one query.

The rows here have not been checked against what the viewer may see.
"""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from clients.postgres import Queries, Row
from clients.redis import Pipeline, Redis
from domain.graph import reads as graph
from domain.keyset_pages import pages_by_id, upper_bound
from domain.likes.reads import liked, likes_of
from domain.media.rows import AnyMedia
from domain.posts import cache
from domain.posts.rows import Location, Post, View
from domain.rows import by_id, from_record
from kit.clock import epoch_ms
from kit.cursor import Position
from kit.paging import Found, Request
from kit.singleflight import SingleFlight
from kit.unreadable import readable

_POSTS = """
SELECT p.id, p.author_id, p.status, p.caption, p.hashtags, p.comments_disabled, p.edited_at,
       l.id AS location_id, l.name AS location_name, l.latitude, l.longitude,
       greatest(p.like_count, 0) AS likes, greatest(p.comment_count, 0) AS comments,
       coalesce(p.published_at, p.created_at) AS created_at, coalesce(m.media, '[]') AS media,
       ARRAY(
           SELECT user_id FROM mentions WHERE source_id = p.id AND NOT is_removed ORDER BY position
       ) AS mention_ids
FROM posts p LEFT JOIN locations l ON l.id = p.location_id LEFT JOIN LATERAL (
    SELECT jsonb_agg(
        u.media || jsonb_build_object('id', u.id, 'alt_text', a.alt_text, 'tags', t.tags) ORDER BY a.position
    ) AS media
    FROM attachments a JOIN uploads u ON u.id = a.upload_id
    CROSS JOIN LATERAL (
        SELECT coalesce(
            jsonb_agg(jsonb_build_object('user_id', user_id, 'x', x, 'y', y) ORDER BY position), '[]'
        ) AS tags FROM user_tags WHERE upload_id = u.id
    ) t WHERE a.post_id = p.id AND u.status = 'READY'
) m ON true WHERE p.id = ANY($1)"""

_decode_media = msgspec.json.Decoder(tuple[AnyMedia, ...]).decode


class Posts:
    """Reads rows of posts, from the cache and then from the database. One for each process."""

    def __init__(self, db: Queries, redis: Redis) -> None:
        self._db = db
        self._redis = redis
        self._in_flight = SingleFlight(self._read)

    async def by_id(self, ids: Sequence[int], beside: Callable[[Pipeline], None] | None = None) -> list[Post | None]:
        """Return posts by ID; None for those that do not exist. `beside` adds commands to the first round trip.

        One round trip to Redis; on a cache miss, one query and one more round trip. Concurrent misses of one post share
        a read; a request after a change does not join a read that began before it.
        """
        found, instead = await cache.get(self._redis, ids, beside)
        if unknown := [(id, cache.UNKNOWN) for id, what in instead.items() if what == cache.UNKNOWN]:
            # Without Redis no process can detect a read from before a change, so no read is shared.
            found |= {post.id: post for post in (await self._read(unknown)).values()}
            instead = {id: what for id, what in instead.items() if what != cache.UNKNOWN}
        if instead:
            read, joined = await self._in_flight.get(list(instead.items()))
            found |= {post.id: post for post in read.values()}
            # A shared read may have begun before the publication.
            unsure = [key for key in joined if key not in read or read[key].status != "PUBLISHED"]
            if unsure:
                found |= {post.id: post for post in (await self._read(unsure)).values()}
        return [found.get(id) for id in ids]

    async def _read(self, keys: Sequence[tuple[int, bytes]]) -> dict[tuple[int, bytes], Post]:
        """Read rows by (ID, what the cache had instead of the row)."""
        instead = dict(keys)
        read = readable("post", await self._db.fetch(_POSTS, list(instead)), _post)
        await cache.put(self._redis, read, instead)
        return {(post.id, instead[post.id]): post for post in read}


VIEWS = f"""
WITH blocks AS MATERIALIZED (
    SELECT ARRAY({graph.across_block("$1")}) AS people
)
SELECT s.id,
       {liked("s.id", "$1")} AS liked,
       coalesce((SELECT true FROM saves WHERE post_id = s.id AND user_id = $1), false) AS saved,
       {likes_of("s.id", "(SELECT people FROM blocks)::bigint[]")} AS hidden_likes,
       (SELECT count(*) + coalesce(sum((
            SELECT count(*) FROM comments r
            WHERE r.parent_id = c.id AND r.is_counted AND r.author_id <> ALL(hidden.authors)
        )), 0)::int FROM comments c
        WHERE c.post_id = s.id AND c.is_counted AND c.author_id = ANY(hidden.authors)) AS hidden_comments
FROM unnest($2::bigint[]) AS s(id) CROSS JOIN LATERAL (
    SELECT (SELECT people FROM blocks)::bigint[]
           || ARRAY({graph.blocked("(SELECT author_id FROM posts WHERE id = s.id)")}) AS authors OFFSET 0
) hidden"""
"""SQL for the id of each of the posts $2, and the columns of its View by the viewer $1."""


async def views(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[View]:
    """Return what the viewer (0: signed out) has done to these posts, and the counts hidden from them, in one query."""
    found = {}
    for record in await db.fetch(VIEWS, viewer_id, ids):
        found[record["id"]] = View(*record[1:])
    return [found[id] for id in ids]


async def locations(db: Queries, ids: Sequence[int]) -> list[Location | None]:
    """Return locations by ID."""
    records = await db.fetch("SELECT id, name, latitude, longitude FROM locations WHERE id = ANY($1)", ids)
    found = by_id([from_record(Location, record) for record in records])
    return [found.get(id) for id in ids]


async def pages_of_authors(db: Queries, authors: Sequence[int], request: Request) -> list[Found]:
    """For each author: the newest published posts after the cursor, and whether there are more."""
    return await _pages(db, "posts", "author_id", "id", authors, request)


async def pages_of_locations(db: Queries, locations: Sequence[int], request: Request) -> list[Found]:
    """For each location: the newest posts after the cursor, and whether there are more."""
    return await _pages(db, "posts", "location_id", "id", locations, request)


async def pages_of_hashtags(db: Queries, hashtags: Sequence[int], request: Request) -> list[Found]:
    """For each hashtag: the newest posts after the cursor, and whether there are more."""
    return await _pages(db, "taggings", "hashtag_id", "post_id", hashtags, request)


pages_of_saved = partial(pages_by_id, table="saves", owner="user_id", shown="post_id")
"""For each user: their newest saved posts after the cursor, and whether there are more."""


async def _pages(db: Queries, table: str, side: str, id: str, owners: Sequence[int], request: Request) -> list[Found]:
    records = await db.fetch(_newest(table, side, id), owners, *upper_bound(request.after), request.first + 1)
    return request.split(owners, [(record["owner"], _position(record), record["id"]) for record in records])


def _newest(table: str, side: str, id: str) -> str:
    return f"""
    SELECT o.id AS owner, p.id, p.published_at FROM unnest($1::bigint[]) AS o(id)
    CROSS JOIN LATERAL (
        SELECT {id} AS id, published_at FROM {table}
        WHERE {side} = o.id AND published_at IS NOT NULL AND (published_at, {id}) < ($2, $3)
        ORDER BY published_at DESC, {id} DESC LIMIT $4
    ) p"""


def _position(record: Row) -> Position:
    return epoch_ms(record["published_at"]), record["id"]


def _post(record: Row) -> Post:
    values = {**record, "media": _decode_media(record["media"])}
    values["hashtags"] = tuple(record["hashtags"])
    values["mention_ids"] = tuple(record["mention_ids"])
    place = [values.pop(name) for name in ("location_id", "location_name", "latitude", "longitude")]
    return Post(**values, location=Location(*place) if place[0] else None)
