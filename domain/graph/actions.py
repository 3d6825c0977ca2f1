"""Following and unfollowing."""

from clients.postgres import Database
from domain import events
from kit import ids
from kit.errors import mistake


async def follow(db: Database, viewer_id: int, user_id: int) -> None:
    """`viewer_id` follows `user_id` from now on, if not already. Raises UserErrors: NOT_FOUND, NOT_ALLOWED."""
    if viewer_id == user_id:
        raise mistake("NOT_ALLOWED", "You cannot follow yourself.", "userId")
    async with db.acquire() as tx, tx.transaction():
        if not await tx.fetchval("SELECT true FROM users WHERE id = $1 FOR KEY SHARE", user_id):
            raise mistake("NOT_FOUND", "There is no such person.", "userId")
        made = await tx.fetchval(
            """
            INSERT INTO follows (id, follower_id, followee_id, created_at) VALUES (next_id($1), $2, $3, now())
            ON CONFLICT (follower_id, followee_id) DO NOTHING RETURNING id
            """,
            ids.shard_of(viewer_id),
            viewer_id,
            user_id,
        )
        if made:
            await events.record(tx, events.FollowChanged(viewer_id, user_id), viewer_id)


async def unfollow(db: Database, viewer_id: int, user_id: int) -> None:
    """`viewer_id` no longer follows `user_id`. Raises UserErrors: NOT_FOUND."""
    async with db.acquire() as tx, tx.transaction():
        if not await tx.fetchval("SELECT true FROM users WHERE id = $1", user_id):
            raise mistake("NOT_FOUND", "There is no such person.", "userId")
        gone = await tx.fetchval(
            "DELETE FROM follows WHERE follower_id = $1 AND followee_id = $2 RETURNING id", viewer_id, user_id
        )
        if gone:
            await events.record(tx, events.FollowChanged(viewer_id, user_id), viewer_id)
