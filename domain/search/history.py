"""What people have searched for: at most 50 entries each, kept for 90 days, unless they turned the history off."""

from collections.abc import Sequence
from datetime import timedelta

from clients.postgres import Database, Queries
from domain.rows import from_record
from domain.search.rows import PastSearch
from kit import ids, terms
from kit.errors import mistake

MAX_ENTRIES = 50
RETENTION = timedelta(days=90)
BATCH_SIZE = 500

_COLUMNS = "id, query, item_tag, item_id, searched_at"


async def record(db: Database, viewer_id: int, query: str, item_tag: int, item_id: int) -> None:
    """Put a search on top of the viewer's history. Nothing is kept where they turned it off.

    A search for the same terms, and for the same item, takes the place of the one before.
    """
    async with db.acquire() as tx, tx.transaction():
        saves = await tx.fetchval("SELECT saves_searches FROM users WHERE id = $1 FOR NO KEY UPDATE", viewer_id)
        if not saves:
            return
        await tx.execute(
            """
            INSERT INTO searches (id, user_id, folded, query, item_tag, item_id, searched_at)
            VALUES (next_id($1), $2, $3, $4, $5, $6, date_trunc('milliseconds', clock_timestamp()))
            ON CONFLICT (user_id, folded, item_tag, item_id) DO UPDATE SET
                query = excluded.query, searched_at = excluded.searched_at
            """,
            ids.shard_of(viewer_id),
            viewer_id,
            terms.fold(query),
            query,
            item_tag,
            item_id,
        )
        await tx.execute(
            """
            DELETE FROM searches WHERE id IN (
                SELECT id FROM searches WHERE user_id = $1 ORDER BY searched_at DESC, id DESC OFFSET $2
            )
            """,
            viewer_id,
            MAX_ENTRIES,
        )


async def entries(db: Queries, viewer_id: int, first: int) -> list[PastSearch]:
    """The last `first` searches of the viewer, the newest first."""
    records = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM searches WHERE user_id = $1 AND searched_at > now() - $3::interval
        ORDER BY searched_at DESC, id DESC LIMIT $2
        """,
        viewer_id,
        first,
        RETENTION,
    )
    return [from_record(PastSearch, record) for record in records]


async def by_id(db: Queries, viewer_id: int, wanted: Sequence[int]) -> list[PastSearch | None]:
    """Entries of the viewer's history; None in the place of others."""
    records = await db.fetch(
        f"SELECT {_COLUMNS} FROM searches WHERE user_id = $1 AND id = ANY($2) AND searched_at > now() - $3::interval",
        viewer_id,
        wanted,
        RETENTION,
    )
    found = {record["id"]: from_record(PastSearch, record) for record in records}
    return [found.get(id) for id in wanted]


async def forget(db: Queries, viewer_id: int, wanted: Sequence[int] | None) -> None:
    """Delete these entries of the viewer's history, or all of them. Entries that are not there are passed over."""
    await db.execute(
        "DELETE FROM searches WHERE user_id = $1 AND ($2::bigint[] IS NULL OR id = ANY($2))", viewer_id, wanted
    )


async def saves(db: Queries, people: Sequence[int]) -> list[bool]:
    """Whether the searches of each are kept."""
    records = await db.fetch("SELECT id, saves_searches FROM users WHERE id = ANY($1)", people)
    found = {record["id"]: record["saves_searches"] for record in records}
    return [bool(found.get(id)) for id in people]


async def set_saves(db: Database, viewer_id: int, *, enabled: bool) -> None:
    """Keep the viewer's searches from now on, or delete those there are and keep none. Raises UserErrors."""
    async with db.acquire() as tx, tx.transaction():
        if not await tx.fetchval(
            "UPDATE users SET saves_searches = $2 WHERE id = $1 RETURNING true", viewer_id, enabled
        ):
            raise mistake("NOT_FOUND", "Your account no longer exists.")
        if not enabled:
            await tx.execute("DELETE FROM searches WHERE user_id = $1", viewer_id)


async def sweep(db: Database) -> int:
    """Delete up to 500 entries that are older than 90 days; how many there were."""
    status: str = await db.execute(
        """
        DELETE FROM searches WHERE id IN (
            SELECT id FROM searches WHERE searched_at < now() - $1::interval ORDER BY searched_at LIMIT $2
        )
        """,
        RETENTION,
        BATCH_SIZE,
    )
    return int(status.split()[-1])
