"""Putting published posts under their hashtags."""

import zlib
from collections.abc import Sequence
from datetime import datetime

from clients.postgres import Connection
from domain import counters
from domain.counters import Count
from kit import ids


async def tag(tx: Connection, post_id: int, author_id: int, published_at: datetime, names: Sequence[str]) -> None:
    """The published post stands under the hashtags `names` and no others."""
    gone = await tx.fetch(
        """
        DELETE FROM taggings t USING hashtags h
        WHERE t.post_id = $1 AND h.id = t.hashtag_id AND NOT h.name = ANY($2) RETURNING h.id
        """,
        post_id,
        names,
    )
    made = []
    if names:
        made = await tx.fetch(
            """
            INSERT INTO taggings (id, hashtag_id, post_id, author_id, published_at)
            SELECT next_id($1), h.id, $2, $3, $4 FROM unnest($5::bigint[]) AS h(id)
            ON CONFLICT (post_id, hashtag_id) DO NOTHING RETURNING hashtag_id AS id
            """,
            ids.shard_of(author_id),
            post_id,
            author_id,
            published_at,
            await _held(tx, names),
        )
    counts = [Count("hashtag.posts", record["id"], by) for records, by in ((gone, -1), (made, 1)) for record in records]
    if counts:
        await counters.count(tx, author_id, *counts)
    await _forget_unused(tx, [record["id"] for record in gone])


async def _held(tx: Connection, names: Sequence[str]) -> list[int]:
    """The ids of these hashtags, made where nobody has used them before; they stay until `tx` ends."""
    found: dict[str, int] = {}
    while missing := sorted(set(names) - set(found)):
        await tx.execute(
            """
            INSERT INTO hashtags (id, name)
            SELECT next_id(h.shard), h.name FROM unnest($1::int[], $2::text[]) AS h(shard, name)
            WHERE NOT EXISTS (SELECT FROM hashtags o WHERE o.name = h.name)
            ON CONFLICT (name) DO NOTHING
            """,
            [zlib.crc32(name.encode()) % ids.SHARDS for name in missing],
            missing,
        )
        records = await tx.fetch(
            "SELECT id, name FROM hashtags WHERE name = ANY($1) ORDER BY id FOR KEY SHARE", missing
        )
        found |= {record["name"]: record["id"] for record in records}
    return list(found.values())


async def untag(tx: Connection, post_id: int, author_id: int) -> None:
    """The post is going: it stands under no hashtag."""
    gone = await tx.fetch("DELETE FROM taggings WHERE post_id = $1 RETURNING hashtag_id AS id", post_id)
    if gone:
        await counters.count(tx, author_id, *(Count("hashtag.posts", record["id"], -1) for record in gone))
    await _forget_unused(tx, [record["id"] for record in gone])


async def _forget_unused(tx: Connection, hashtag_ids: Sequence[int]) -> None:
    """Delete hashtags that no post stands under any more: they were somebody's words."""
    unused = "NOT EXISTS (SELECT FROM taggings WHERE hashtag_id = h.id)"
    locked = await tx.fetch(
        f"SELECT id FROM hashtags h WHERE id = ANY($1) AND {unused} FOR UPDATE SKIP LOCKED", hashtag_ids
    )
    if locked:  # whoever was putting a post under one has done so by now
        await tx.execute(f"DELETE FROM hashtags h WHERE id = ANY($1) AND {unused}", [record["id"] for record in locked])
