"""Writing and deleting comments."""

from clients.postgres import Connection, Database
from domain import captions, counters, events, jobs
from domain.accounts.rows import User
from domain.comments import reads
from domain.comments.rows import Comment
from domain.counters import Count
from domain.graph.locks import lock_relationships
from domain.idempotency import once_per_key
from domain.jobs import JobKind
from domain.posts.rows import Post
from kit import ids
from kit.errors import mistake
from kit.text import Mistakes

MAX_TEXT = 2200
REPLIES_AT_ONCE = 500

Numbers = dict[tuple[str, int], int]
"""Counters by name and ID, with the changes of a transaction applied."""


async def add_comment(
    db: Database,
    viewer_id: int,
    *,
    post: Post,
    author: User,
    parent: Comment | None,
    parent_author: User | None,
    text: str,
    key: str | None,
) -> tuple[int, Numbers]:
    """Add the comment `text` to `post`, or as a reply to its comment `parent`. Returns its ID and the new counters.

    Raises UserErrors and `RelationshipChanged`.
    """
    mistakes = Mistakes()
    said = captions.parse_text(mistakes, text, "The comment", MAX_TEXT, "text", required=True)
    mistakes.check()
    mentioned = await captions.mentioned_users(db, viewer_id, said.names)
    parent_id = parent.id if parent else None
    numbers: Numbers = {}

    async def effect(tx: Connection) -> list[int]:
        await lock_relationships(tx, viewer_id, *(user for user in (author, parent_author) if user))
        kept = await tx.fetchrow("SELECT status, comments_disabled FROM posts WHERE id = $1 FOR KEY SHARE", post.id)
        if kept is None:
            raise mistake("NOT_FOUND", "The post does not exist, or you cannot see it.", "postId")
        if kept["status"] != "PUBLISHED":
            raise mistake(
                "NOT_ALLOWED", "The post is not published yet. You can comment once it is published.", "postId"
            )
        if kept["comments_disabled"]:
            raise mistake("NOT_ALLOWED", "Comments are turned off for this post.", "postId")
        if parent_id and not await tx.fetchval("SELECT true FROM comments WHERE id = $1 FOR KEY SHARE", parent_id):
            raise mistake("NOT_FOUND", "The comment does not exist, or you cannot see it.", "parentId")
        comment_id: int = await tx.fetchval(
            """
            INSERT INTO comments (id, post_id, parent_id, author_id, text, created_at)
            VALUES (next_id($1), $2, $3, $4, $5, date_trunc('milliseconds', now())) RETURNING id
            """,
            ids.shard_of(post.id),
            post.id,
            parent_id,
            viewer_id,
            said.text,
        )
        if mentioned:
            await captions.mention(tx, comment_id, mentioned)
        await counters.count(tx, post.id, *_counts(post.id, parent_id, 1))
        await events.record(tx, events.CommentAdded(comment_id), post.id)
        numbers.update(await _numbers(tx, post.id, parent_id, 1))
        return [comment_id]

    given = {"post": post.id, "parent": parent_id, "text": text}
    [comment_id] = await once_per_key(db, viewer_id, "addComment", key, given, effect)
    return comment_id, numbers


async def deletable(db: Database, viewer_id: int, comment_id: int) -> Comment | None:
    """Return the comment if the viewer may delete it, even if they cannot see it: they wrote it, or own the post."""
    [comment] = await reads.comments(db, [comment_id])
    owners = await db.fetchrow(
        """
        SELECT c.author_id, p.author_id FROM comments c JOIN posts p ON p.id = c.post_id
        WHERE c.id = $1 AND (c.parent_id IS NULL OR (SELECT true FROM comments WHERE id = c.parent_id))
        """,
        comment_id,
    )
    return comment if owners is not None and viewer_id in tuple(owners) else None


async def delete_comment(db: Database, comment: Comment) -> Numbers:
    """Delete a comment that the viewer may delete (`deletable`), with its replies. Returns the new counters."""
    async with db.acquire() as tx, tx.transaction():
        gone = await remove(tx, comment.id)
        return await _numbers(tx, comment.post_id, comment.parent_id, -gone)


async def _numbers(tx: Connection, post_id: int, parent_id: int | None, by: int) -> Numbers:
    names = [("post.comments", post_id), *([("comment.replies", parent_id)] if parent_id else [])]
    return {(name, id): await counters.now(tx, name, id, by) for name, id in names}


async def remove(tx: Connection, comment_id: int) -> int:
    """Delete a comment with its replies, and enqueue the erasure of their data.

    Returns how many counted ones were deleted.
    """
    comment = await tx.fetchrow(
        "SELECT id, post_id, parent_id, is_counted FROM comments WHERE id = $1 FOR UPDATE", comment_id
    )
    if comment is None:
        return 0
    replies = await tx.fetch(
        "SELECT id, is_counted FROM comments WHERE parent_id = $1 ORDER BY id LIMIT $2 FOR UPDATE",
        comment_id,
        REPLIES_AT_ONCE,
    )
    gone = [comment_id, *(record["id"] for record in replies)]
    await tx.execute("DELETE FROM comments WHERE id = ANY($1)", gone)
    await tx.execute("DELETE FROM mentions WHERE source_id = ANY($1)", gone)
    await jobs.enqueue(tx, JobKind.ERASE_COMMENT, *gone)
    await events.record(tx, events.CommentsDeleted(tuple(gone)), comment["post_id"])
    counted = sum(1 for record in (comment, *replies) if record["is_counted"])
    parent_id = comment["parent_id"] if comment["is_counted"] else None
    await counters.count(tx, comment["post_id"], *_counts(comment["post_id"], parent_id, -1, counted))
    return counted


def _counts(post_id: int, parent_id: int | None, by: int, comments: int = 1) -> tuple[Count, ...]:
    replies = (Count("comment.replies", parent_id, by),) if parent_id else ()
    return (Count("post.comments", post_id, by * comments), *replies)
