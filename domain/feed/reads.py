"""Queries of feeds in the database."""

from clients.postgres import Queries, Row
from domain.feed import features
from domain.graph import reads as graph
from domain.keyset_pages import upper_bound
from kit.clock import epoch_ms
from kit.cursor import Position

# Read from the index alone, however many authors there are.
_NEWEST = """
SELECT p.id, p.published_at FROM ({authors}) AS o(id) CROSS JOIN LATERAL (
    SELECT id, published_at FROM posts
    WHERE author_id = o.id AND published_at IS NOT NULL AND (published_at, id) < ($2, $3)
    ORDER BY published_at DESC, id DESC LIMIT $4
) p ORDER BY p.published_at DESC, p.id DESC LIMIT $4"""
_FOR_SET = f"SELECT $1::bigint UNION ALL ({graph.wanted('$1')})"
_WANTED = f"SELECT w.id FROM ({_FOR_SET}) w(id) WHERE (SELECT status FROM users WHERE id = w.id) = 'ACTIVE'"


async def newest_wanted(db: Queries, reader_id: int, after: Position | None, limit: int) -> list[Position]:
    """Return positions of the newest published posts after `after` by the reader and by unmuted followees."""
    return await _newest(db, _WANTED, reader_id, after, limit)


async def newest_for_set(db: Queries, reader_id: int, limit: int) -> list[Position]:
    """Return positions of the newest posts for a reader's set, including those of deactivated authors, who may return.

    No event reports their return; pages leave them out until then.
    """
    return await _newest(db, _FOR_SET, reader_id, None, limit)


async def newest_of_author(db: Queries, author_id: int, limit: int) -> list[Position]:
    """Return positions of the newest published posts by this author."""
    return await _newest(db, "SELECT $1::bigint", author_id, None, limit)


async def place(db: Queries, post_id: int) -> Position | None:
    """Return the position of a post in feeds; None if it is not published, or deleted."""
    published_at = await db.fetchval("SELECT published_at FROM posts WHERE id = $1", post_id)
    return (epoch_ms(published_at), post_id) if published_at else None


async def newest_wanted_with_features(db: Queries, reader_id: int, limit: int) -> list[Row]:
    """Return (id, published_at, *features) of the newest published posts by the reader and by unmuted followees."""
    newest = _NEWEST.format(authors=_WANTED)
    records: list[Row] = await db.fetch(
        f"""
        SELECT p.id, p.published_at, {features.COLUMNS} FROM ({newest}) n JOIN posts p ON p.id = n.id
        ORDER BY p.published_at DESC, p.id DESC
        """,
        reader_id,
        *upper_bound(None),
        limit,
    )
    return records


async def _newest(db: Queries, authors: str, argument: int, after: Position | None, limit: int) -> list[Position]:
    records = await db.fetch(_NEWEST.format(authors=authors), argument, *upper_bound(after), limit)
    return [(epoch_ms(record["published_at"]), record["id"]) for record in records]
