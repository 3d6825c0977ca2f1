"""Saving posts."""

from clients.postgres import Database
from domain.accounts.rows import User
from domain.graph.locks import LOCK_SQL, RelationshipChanged, lock_args
from domain.posts.rows import Post
from kit import ids

_SAVE = f"""
WITH held AS MATERIALIZED ({LOCK_SQL}),
made AS (
    INSERT INTO saves (id, user_id, post_id)
    SELECT next_id($5), $1, p.id FROM posts p, held WHERE p.id = $6 AND held.held
    ON CONFLICT (user_id, post_id) DO NOTHING
)
SELECT held FROM held"""

# Rows of a deleted post are erased later, and count as deleted.
_UNSAVE = "DELETE FROM saves s USING posts p WHERE p.id = $2 AND s.user_id = $1 AND s.post_id = p.id"


async def save(db: Database, viewer_id: int, post: Post, author: User) -> None:
    """Save `post`, which the viewer may see. Raises `RelationshipChanged`."""
    if not await db.fetchval(_SAVE, *lock_args(viewer_id, [author]), ids.shard_of(viewer_id), post.id):
        raise RelationshipChanged


async def unsave(db: Database, viewer_id: int, post_id: int) -> bool:
    """Remove a saved post, which the viewer need not see. Returns whether it was saved."""
    status: str = await db.execute(_UNSAVE, viewer_id, post_id)
    return status != "DELETE 0"
