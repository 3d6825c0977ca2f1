"""Comments in batches. The rows here have not been checked against what the viewer may see."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from clients.postgres import Queries
from domain.comments.rows import Comment
from domain.graph import reads as graph
from domain.graph.rows import Kind
from domain.keyset_pages import pages_by_id
from domain.likes.reads import liked, likes_of
from domain.posts.rows import View
from domain.rows import by_id

COLUMNS = f"""c.id, c.post_id, c.parent_id, c.author_id, c.text, c.created_at,
       greatest(c.like_count, 0), greatest(c.reply_count, 0),
       ARRAY(SELECT user_id FROM mentions WHERE source_id = c.id AND NOT is_removed ORDER BY position),
       coalesce((
           SELECT true FROM posts p JOIN relations r ON r.from_id = p.author_id
           WHERE p.id = c.post_id AND r.to_id = c.author_id AND r.kind = {Kind.BLOCK:d}
       ), false)"""
"""SQL for a row of `comment`, of `comments c`."""

_COMMENTS = f"SELECT {COLUMNS} FROM comments c WHERE c.id = ANY($1)"

_VIEWS = f"""
WITH blocks AS MATERIALIZED (
    SELECT ARRAY({graph.across_block("$1")}) AS people
)
SELECT s.id,
       {liked("s.id", "$1")} AS liked,
       {likes_of("s.id", "(SELECT people FROM blocks)::bigint[]")} AS hidden_likes,
       (SELECT count(*) FROM comments
        WHERE parent_id = s.id AND is_counted AND author_id = ANY(hidden.authors)) AS hidden_comments
FROM unnest($2::bigint[]) AS s(id) CROSS JOIN LATERAL (
    SELECT (SELECT people FROM blocks)::bigint[] || ARRAY({
    graph.blocked("(SELECT p.author_id FROM comments c JOIN posts p ON p.id = c.post_id WHERE c.id = s.id)")
}) AS authors OFFSET 0
) hidden"""


async def comments(db: Queries, ids: Sequence[int]) -> list[Comment | None]:
    """Return comments by ID; None for those that do not exist."""
    found = by_id([comment(record) for record in await db.fetch(_COMMENTS, ids)])
    return [found.get(id) for id in ids]


async def views(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[View]:
    """Return the viewer's (0: signed out) likes of these comments, and the counts hidden from them, in one query."""
    records = await db.fetch(_VIEWS, viewer_id, ids)
    found = {
        record["id"]: View(
            liked=record["liked"],
            hidden_likes=record["hidden_likes"],
            hidden_comments=record["hidden_comments"],
        )
        for record in records
    }
    return [found[id] for id in ids]


pages_of_posts = partial(pages_by_id, table="comments", owner="post_id", shown="id", where="parent_id IS NULL")
"""For each post: the newest top-level comments after the cursor, and whether there are more."""

pages_of_replies = partial(pages_by_id, table="comments", owner="parent_id", shown="id", oldest_first=True)
"""For each comment: the oldest replies after the cursor, and whether there are more."""


def comment(row: Any) -> Comment:
    """Convert a row of COLUMNS to a comment."""
    columns = (*row[:8], tuple(row[8]), row[9])
    return Comment(*columns)
