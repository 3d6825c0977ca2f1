"""What feeds are made of, from the database."""

from collections.abc import Sequence

from clients.postgres import Queries, Row
from domain.graph import reads as graph
from domain.posts.rows import instant, milliseconds
from kit.cursor import Position

_NEWEST: Position = (2**53 - 1, 2**63 - 1)
_LAST = 253_402_300_799_999


async def newest_wanted(db: Queries, reader_id: int, after: Position | None, limit: int) -> list[Position]:
    """Places of the newest published posts beyond `after` by the reader, and by whom they follow and do not mute."""
    authors = f"SELECT $1::bigint UNION ALL ({graph.wanted('$1')})"
    return await _newest(db, authors, reader_id, after, limit)


async def newest_of_author(db: Queries, author_id: int, limit: int) -> list[Position]:
    """Places of the newest published posts by this author."""
    return await _newest(db, "SELECT $1::bigint", author_id, None, limit)


async def place(db: Queries, post_id: int) -> Position | None:
    """Where a post stands in feeds; None where it is not published, or gone."""
    published_at = await db.fetchval("SELECT published_at FROM posts WHERE id = $1", post_id)
    return (milliseconds(published_at), post_id) if published_at else None


async def _newest(db: Queries, authors: str, argument: int, after: Position | None, limit: int) -> list[Position]:
    """Read from the index alone, however many authors there are."""
    ms, id = after or _NEWEST
    records: Sequence[Row] = await db.fetch(
        f"""
        SELECT p.id, p.published_at FROM ({authors}) AS o(id) CROSS JOIN LATERAL (
            SELECT id, published_at FROM posts
            WHERE author_id = o.id AND published_at IS NOT NULL AND (published_at, id) < ($2, $3)
            ORDER BY published_at DESC, id DESC LIMIT $4
        ) p ORDER BY p.published_at DESC, p.id DESC LIMIT $4
        """,
        argument,
        instant(min(ms, _LAST)),
        id,
        limit,
    )
    return [(milliseconds(record["published_at"]), record["id"]) for record in records]
