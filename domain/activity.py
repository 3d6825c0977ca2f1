"""Counts of the actions of active accounts: jobs add or subtract them when an account is activated or deactivated.

Rows have a flag `is_counted`, so repeating a batch changes nothing. Concurrent writes may still see a deactivated
account as active: jobs begin when such transactions have ended.
"""

from clients.postgres import Connection, Database
from domain import counters
from domain.counters import Count
from domain.graph.rows import Kind

BATCH_SIZE = 2000


async def count_activity(db: Database, user_id: int) -> bool:
    """Count the next likes, comments, views and follows of a user while they are active.

    Returns whether there are more.
    """
    async with db.acquire() as tx, tx.transaction():
        is_active = bool(await tx.fetchval("SELECT status = 'ACTIVE' FROM users WHERE id = $1", user_id))
        counts = [
            *await _likes(tx, user_id, is_active=is_active),
            *await _views(tx, user_id, is_active=is_active),
            *await _comments(tx, user_id, is_active=is_active),
            *await _replies(tx, user_id, is_active=is_active),
            *await _follows(tx, user_id, "from_id", "to_id", is_active=is_active),
            *await _follows(tx, user_id, "to_id", "from_id", is_active=is_active),
        ]
        if counts:
            await counters.count(tx, user_id, *counts)
    return bool(counts)


async def _likes(tx: Connection, user_id: int, *, is_active: bool) -> list[Count]:
    records = await tx.fetch(
        """
        UPDATE likes l SET is_counted = $2 WHERE id = ANY(ARRAY(
            SELECT id FROM likes WHERE user_id = $1 AND is_counted <> $2 ORDER BY id LIMIT $3
        )) RETURNING subject_id AS id, coalesce((SELECT true FROM posts WHERE id = l.subject_id), false) AS of_post
        """,
        user_id,
        is_active,
        BATCH_SIZE,
    )
    by = 1 if is_active else -1
    return [Count("post.likes" if record["of_post"] else "comment.likes", record["id"], by) for record in records]


async def _views(tx: Connection, user_id: int, *, is_active: bool) -> list[Count]:
    records = await tx.fetch(
        """
        UPDATE story_views SET is_counted = $2 WHERE id = ANY(ARRAY(
            SELECT id FROM story_views WHERE viewer_id = $1 AND is_counted <> $2 ORDER BY id LIMIT $3
        )) RETURNING story_id
        """,
        user_id,
        is_active,
        BATCH_SIZE,
    )
    return [Count("story.views", record["story_id"], 1 if is_active else -1) for record in records]


async def _comments(tx: Connection, user_id: int, *, is_active: bool) -> list[Count]:
    """Their comments. Replies to a comment of an inactive user stay uncounted."""
    return await _change_comments(
        tx,
        """
        SELECT c.id FROM comments c WHERE c.author_id = $1 AND c.is_counted <> ($2 AND coalesce((
            SELECT (SELECT status FROM users WHERE id = p.author_id) = 'ACTIVE' FROM comments p WHERE p.id = c.parent_id
        ), true)) ORDER BY c.id LIMIT $3
        """,
        user_id,
        is_active=is_active,
    )


async def _replies(tx: Connection, user_id: int, *, is_active: bool) -> list[Count]:
    """What others answered them: it is hidden with their comments."""
    return await _change_comments(
        tx,
        """
        SELECT r.id FROM comments c CROSS JOIN LATERAL (
            SELECT id, author_id, is_counted FROM comments WHERE parent_id = c.id OFFSET 0
        ) r WHERE c.author_id = $1 AND c.parent_id IS NULL
        AND r.is_counted <> ($2 AND coalesce((SELECT status FROM users WHERE id = r.author_id) = 'ACTIVE', false))
        ORDER BY c.id LIMIT $3
        """,
        user_id,
        is_active=is_active,
    )


async def _change_comments(tx: Connection, which: str, user_id: int, *, is_active: bool) -> list[Count]:
    records = await tx.fetch(
        f"""
        UPDATE comments SET is_counted = NOT is_counted WHERE id = ANY(ARRAY({which}))
        RETURNING post_id, parent_id, is_counted
        """,
        user_id,
        is_active,
        BATCH_SIZE,
    )
    counts = []
    for record in records:
        by = 1 if record["is_counted"] else -1
        counts.append(Count("post.comments", record["post_id"], by))
        if record["parent_id"]:
            counts.append(Count("comment.replies", record["parent_id"], by))
    return counts


async def _follows(tx: Connection, user_id: int, own: str, other: str, *, is_active: bool) -> list[Count]:
    records = await tx.fetch(
        f"""
        UPDATE relations SET is_counted = NOT is_counted WHERE id = ANY(ARRAY(
            SELECT r.id FROM relations r WHERE r.{own} = $1 AND r.kind = {Kind.FOLLOW:d}
            AND r.is_counted <> ($2 AND coalesce((SELECT status FROM users WHERE id = r.{other}) = 'ACTIVE', false))
            ORDER BY r.id LIMIT $3
        )) RETURNING from_id, to_id, is_counted
        """,
        user_id,
        is_active,
        BATCH_SIZE,
    )
    counts = []
    for record in records:
        by = 1 if record["is_counted"] else -1
        counts += [Count("user.following", record["from_id"], by), Count("user.followers", record["to_id"], by)]
    return counts
