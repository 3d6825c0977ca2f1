"""Assignment of published posts to hashtags."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from clients.postgres import Connection, Database, Row
from domain import counters
from domain.counters import Count
from kit import ids

BATCH_SIZE = 500


async def tag(tx: Connection, post_id: int, author_id: int, published_at: datetime, names: Mapping[str, str]) -> None:
    """Assign the published post to exactly these hashtags, written forms by identity."""
    gone = await tx.fetch(
        """
        DELETE FROM taggings t USING hashtags h
        WHERE t.post_id = $1 AND h.id = t.hashtag_id AND NOT h.name = ANY($2) RETURNING h.id, t.is_listed
        """,
        post_id,
        list(names),
    )
    made = []
    if names:
        made = await tx.fetch(
            """
            INSERT INTO taggings (id, hashtag_id, post_id, author_id, published_at, is_listed)
            SELECT next_id($1), h.id, $2, $3, $4, (SELECT NOT is_private AND status = 'ACTIVE' FROM users WHERE id = $3)
            FROM unnest($5::bigint[]) AS h(id)
            ON CONFLICT (post_id, hashtag_id) DO NOTHING RETURNING hashtag_id AS id, is_listed
            """,
            ids.shard_of(author_id),
            post_id,
            author_id,
            published_at,
            await _held(tx, names),
        )
    await _count(tx, author_id, gone, -1)
    await _count(tx, author_id, made, 1)
    await _forget_unused(tx, [record["id"] for record in gone])


async def _held(tx: Connection, names: Mapping[str, str]) -> list[int]:
    """Return the IDs of these hashtags, creating those that are new; they stay until `tx` ends."""
    found: dict[str, int] = {}
    while missing := sorted(set(names) - set(found)):
        await tx.execute(
            """
            INSERT INTO hashtags (id, name, written)
            SELECT next_id(h.shard), h.name, h.written
            FROM unnest($1::int[], $2::text[], $3::text[]) AS h(shard, name, written)
            WHERE NOT EXISTS (SELECT FROM hashtags o WHERE o.name = h.name)
            ON CONFLICT (name) DO NOTHING
            """,
            [zlib.crc32(name.encode()) % ids.SHARDS for name in missing],
            missing,
            [names[name] for name in missing],
        )
        records = await tx.fetch(
            "SELECT id, name FROM hashtags WHERE name = ANY($1) ORDER BY id FOR KEY SHARE", missing
        )
        found |= {record["name"]: record["id"] for record in records}
    return list(found.values())


async def untag(tx: Connection, post_id: int, author_id: int) -> None:
    """Remove a post that is being deleted from its hashtags."""
    gone = await tx.fetch("DELETE FROM taggings WHERE post_id = $1 RETURNING hashtag_id AS id, is_listed", post_id)
    await _count(tx, author_id, gone, -1)
    await _forget_unused(tx, [record["id"] for record in gone])


async def list_taggings(db: Database, author_id: int) -> bool:
    """Update the listed posts of an account in its hashtags. Returns whether there is more to do.

    Needed when an account becomes private or public, is deactivated or activated. Concurrent writes may still see the
    old account: jobs begin when such transactions have ended.
    """
    async with db.acquire() as tx, tx.transaction():
        is_listed = await tx.fetchval("SELECT NOT is_private AND status = 'ACTIVE' FROM users WHERE id = $1", author_id)
        changed = await tx.fetch(
            """
            UPDATE taggings SET is_listed = $2 WHERE id = ANY(ARRAY(
                SELECT t.id FROM posts p CROSS JOIN LATERAL (
                    SELECT id FROM taggings WHERE post_id = p.id AND is_listed <> $2 OFFSET 0
                ) t WHERE p.author_id = $1 AND p.published_at IS NOT NULL
                ORDER BY p.published_at DESC, p.id DESC LIMIT $3
            )) RETURNING hashtag_id AS id, true AS is_listed
            """,
            author_id,
            bool(is_listed),
            BATCH_SIZE,
        )
        await _count(tx, author_id, changed, 1 if is_listed else -1)
    return len(changed) == BATCH_SIZE


async def _count(tx: Connection, author_id: int, taggings: Sequence[Row], by: int) -> None:
    counts = [Count("hashtag.posts", each["id"], by) for each in taggings if each["is_listed"]]
    if counts:
        await counters.count(tx, author_id, *counts)


async def _forget_unused(tx: Connection, hashtag_ids: Sequence[int]) -> None:
    """Delete hashtags that no post uses any more: their text was written by a user."""
    unused = "NOT EXISTS (SELECT FROM taggings WHERE hashtag_id = h.id)"
    locked = await tx.fetch(
        f"SELECT id FROM hashtags h WHERE id = ANY($1) AND {unused} FOR UPDATE SKIP LOCKED", hashtag_ids
    )
    if locked:  # transactions that tag a post with one have ended
        await tx.execute(f"DELETE FROM hashtags h WHERE id = ANY($1) AND {unused}", [record["id"] for record in locked])
