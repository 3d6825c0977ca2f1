"""Erasure of accounts, and of rows that belong to deleted posts or comments: batch by batch, one transaction each.

Deleted rows that count in another user's row are recorded as uncounted in the same transaction.
"""

from collections.abc import Sequence

from clients.postgres import Connection, Database
from clients.redis import Redis
from domain import counters, events, jobs
from domain.accounts import names, sign_in_guard
from domain.comments import actions as comments
from domain.counters import Count
from domain.feed import features, snapshots
from domain.feed.timeline import Timeline, of_author, of_reader
from domain.graph.rows import Kind
from domain.jobs import JobKind
from domain.media import erasure_queue
from domain.media.discard import discard
from domain.messages import erasure as messages
from domain.mls import devices
from domain.notifications.notification_events import withdraw
from domain.posts import actions as posts
from domain.posts import cache
from domain.stories import actions as stories
from domain.stories import live, tray

BATCH_SIZE = 500
SMALL_BATCH_SIZE = 20

_TABLES = (
    ("saves", "user_id"),
    ("mentions", "user_id"),
    ("user_tags", "user_id"),
    ("impressions", "user_id"),
    ("searches", "user_id"),
    ("pushes", "user_id"),
    ("pushed_anyway", "author_id"),
    ("pushed_anyway", "reader_id"),
    ("notifications", "user_id"),
)


async def erase_post(db: Database, post_id: int) -> bool:
    """Delete likes, saves, impressions and comments of a deleted post. Returns False when nothing remains."""
    async with db.acquire() as tx, tx.transaction():
        left = await _delete(tx, "likes", "subject_id", post_id)
        left += await _delete(tx, "saves", "post_id", post_id)
        left += await _delete(tx, "impressions", "post_id", post_id)
        records = await tx.fetch(
            """
            DELETE FROM comments WHERE id IN (SELECT id FROM comments WHERE post_id = $1 ORDER BY author_id LIMIT $2)
            RETURNING id
            """,
            post_id,
            BATCH_SIZE,
        )
        gone = [record["id"] for record in records]
        if gone:
            await tx.execute("DELETE FROM mentions WHERE source_id = ANY($1)", gone)
            await events.record(tx, events.CommentsDeleted(tuple(gone)), post_id)
            await jobs.enqueue(tx, JobKind.ERASE_COMMENT, *gone)
        return left + len(gone) > 0


async def erase_comment(db: Database, comment_id: int) -> bool:
    """Delete likes and replies of a deleted comment. Returns False when nothing remains."""
    async with db.acquire() as tx, tx.transaction():
        left = await _delete(tx, "likes", "subject_id", comment_id)
    replies = await db.fetch(
        "SELECT id FROM comments WHERE parent_id = $1 ORDER BY id LIMIT $2", comment_id, SMALL_BATCH_SIZE
    )
    await _remove_comments(db, [record["id"] for record in replies])
    return bool(left or replies)


async def erase_story(db: Database, story_id: int) -> bool:
    """Delete the views of a deleted story. Returns False when nothing remains."""
    async with db.acquire() as tx, tx.transaction():
        return await _delete(tx, "story_views", "story_id", story_id) > 0


async def withdraw_media(db: Database, user_id: int) -> bool:
    """Enqueue the erasure of all objects of a deleted account, including uploads that are still being written."""
    await erasure_queue.erase_all_of(db, user_id)
    return False


async def erase_account(db: Database, redis: Redis, user_id: int) -> bool:
    """Delete a batch of the rows of a deleted account, then the account. Returns False when nothing remains."""
    if await _erase_posts(db, redis, user_id) or await _erase_comments(db, user_id):
        return True
    if await _erase_stories(db, user_id):
        return True
    if await devices.forget_person(db, user_id):
        return True
    async with db.acquire() as tx, tx.transaction():
        if (
            await messages.erase_of(tx, user_id)
            or await _erase_likes(tx, user_id)
            or await _erase_views(tx, user_id)
            or await _erase_relations(tx, user_id)
        ):
            return True
        for table, column in _TABLES:
            if await _delete(tx, table, column, user_id):
                return True
        uploads = await tx.fetch(
            "SELECT id FROM uploads WHERE owner_id = $1 ORDER BY id LIMIT $2 FOR UPDATE", user_id, BATCH_SIZE
        )
        await discard(tx, [record["id"] for record in uploads], user_id)
        if uploads:
            return True
        acts = await tx.fetch(
            "SELECT source_id FROM acts WHERE actor_id = $1 ORDER BY id LIMIT $2", user_id, BATCH_SIZE
        )
        if acts:
            await withdraw(tx, [record["source_id"] for record in acts])
            return True
        await tx.execute("DELETE FROM notification_marks WHERE id = $1", user_id)
        await tx.execute("DELETE FROM notification_sequences WHERE id = $1", user_id)
        await tx.execute("DELETE FROM storage_usage WHERE id = $1", user_id)
        await tx.execute("DELETE FROM idempotency_keys WHERE viewer_id = $1", user_id)
        await tx.execute("UPDATE former_usernames SET user_id = NULL WHERE user_id = $1", user_id)
        name = await tx.fetchval("DELETE FROM users WHERE id = $1 RETURNING username", user_id)
        if name is not None:
            await names.hold(tx, name)
            await names.give_up(tx, name, user_id, owner=None)
    await Timeline(redis).forget(of_reader(user_id), of_author(user_id))
    await snapshots.forget(redis, user_id)
    await sign_in_guard.forget(redis, user_id)
    await live.forget(redis, live.of_author(user_id), live.of_viewer(user_id))
    await tray.forget(redis, user_id)
    await features.forget_affinities(redis, user_id)
    return False


async def _erase_posts(db: Database, redis: Redis, user_id: int) -> bool:
    """Each runs in a transaction of its own: other transactions may lock two of them in the other order."""
    records = await db.fetch(
        "SELECT id FROM posts WHERE author_id = $1 ORDER BY id LIMIT $2", user_id, SMALL_BATCH_SIZE
    )
    for record in records:
        async with db.acquire() as tx, tx.transaction():
            await posts.remove(tx, record["id"])
        await cache.forget(redis, record["id"])
    return bool(records)


async def _erase_stories(db: Database, user_id: int) -> bool:
    records = await db.fetch(
        "SELECT id FROM stories WHERE author_id = $1 ORDER BY id LIMIT $2", user_id, SMALL_BATCH_SIZE
    )
    for record in records:
        async with db.acquire() as tx, tx.transaction():
            await stories.remove(tx, record["id"])
    return bool(records)


async def _erase_comments(db: Database, user_id: int) -> bool:
    records = await db.fetch(
        "SELECT id FROM comments WHERE author_id = $1 ORDER BY id LIMIT $2", user_id, SMALL_BATCH_SIZE
    )
    await _remove_comments(db, [record["id"] for record in records])
    return bool(records)


async def _remove_comments(db: Database, ids: Sequence[int]) -> None:
    for id in ids:
        async with db.acquire() as tx, tx.transaction():
            await comments.remove(tx, id)


async def _erase_likes(tx: Connection, user_id: int) -> bool:
    records = await tx.fetch(
        """
        DELETE FROM likes l WHERE l.id IN (SELECT id FROM likes WHERE user_id = $1 ORDER BY id LIMIT $2)
        RETURNING l.subject_id AS id, l.is_counted, EXISTS (SELECT FROM posts WHERE id = l.subject_id) AS of_post
        """,
        user_id,
        BATCH_SIZE,
    )
    if records:
        await counters.count(
            tx,
            user_id,
            *(
                Count("post.likes" if record["of_post"] else "comment.likes", record["id"], -1)
                for record in records
                if record["is_counted"]
            ),
        )
    return bool(records)


async def _erase_views(tx: Connection, user_id: int) -> bool:
    records = await tx.fetch(
        """
        DELETE FROM story_views WHERE id IN (SELECT id FROM story_views WHERE viewer_id = $1 ORDER BY id LIMIT $2)
        RETURNING story_id, is_counted
        """,
        user_id,
        BATCH_SIZE,
    )
    if records:
        counts = [Count("story.views", record["story_id"], -1) for record in records if record["is_counted"]]
        await counters.count(tx, user_id, *counts)
    return bool(records)


async def _erase_relations(tx: Connection, user_id: int) -> bool:
    left = False
    for side, other, counter in (
        ("from_id", "to_id", "user.followers"),
        ("to_id", "from_id", "user.following"),
    ):
        records = await tx.fetch(
            f"""
            DELETE FROM relations WHERE id IN (SELECT id FROM relations WHERE {side} = $1 ORDER BY kind, id LIMIT $2)
            RETURNING {other} AS id, kind = {Kind.FOLLOW:d} AND is_counted AS is_counted
            """,
            user_id,
            BATCH_SIZE,
        )
        counts = [Count(counter, record["id"], -1) for record in records if record["is_counted"]]
        if counts:
            await counters.count(tx, user_id, *counts)
        left = left or bool(records)
    return left


async def _delete(tx: Connection, table: str, column: str, id: int) -> int:
    """Delete a batch in the order of its index. Without the order, each batch would search all rows."""
    status: str = await tx.execute(
        f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {column} = $1 ORDER BY id LIMIT $2)",
        id,
        BATCH_SIZE,
    )
    return int(status.split()[-1])
