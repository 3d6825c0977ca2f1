"""Hashtags in batches."""

from collections.abc import Sequence

from clients.postgres import Queries
from domain.graph import reads as graph
from domain.hashtags.rows import Hashtag
from domain.rows import by_id, from_record


async def hashtags(db: Queries, ids: Sequence[int]) -> list[Hashtag | None]:
    """Return hashtags by ID; None for those that do not exist."""
    records = await db.fetch(
        "SELECT id, coalesce(written, name) AS name, greatest(post_count, 0) AS posts FROM hashtags WHERE id = ANY($1)",
        ids,
    )
    found = by_id([from_record(Hashtag, record) for record in records])
    return [found.get(id) for id in ids]


async def hashtag_ids(db: Queries, names: Sequence[str]) -> list[int]:
    """Return the IDs of the hashtags with these identities (`domain.entities`); 0 for one that was never used."""
    records = await db.fetch("SELECT id, name FROM hashtags WHERE name = ANY($1)", names)
    found = {record["name"]: record["id"] for record in records}
    return [found.get(name, 0) for name in names]


async def hidden_posts(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[int]:
    """Return for each hashtag how many counted posts are by users who block the viewer: they are subtracted."""
    records = await db.fetch(
        f"""
        SELECT t.hashtag_id, count(*) AS n FROM taggings t
        WHERE t.hashtag_id = ANY($2) AND t.is_listed
          AND t.author_id = ANY(ARRAY({graph.blockers("$1")}))
        GROUP BY 1
        """,
        viewer_id,
        ids,
    )
    found = {record["hashtag_id"]: record["n"] for record in records}
    return [found.get(id, 0) for id in ids]
