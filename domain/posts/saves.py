"""Keeping posts for oneself."""

from clients.postgres import Database
from domain import privacy
from domain.accounts.rows import User
from domain.posts.rows import Post
from kit import ids

_SAVE = f"""
WITH held AS MATERIALIZED ({privacy.HELD}),
made AS (
    INSERT INTO saves (id, user_id, post_id)
    SELECT next_id($5), $1, p.id FROM posts p, held WHERE p.id = $6 AND held.held
    ON CONFLICT (user_id, post_id) DO NOTHING
)
SELECT held FROM held"""


async def save(db: Database, viewer_id: int, post: Post, author: User) -> None:
    """Keep `post`, which the viewer may see. Raises `privacy.Changed`."""
    if not await db.fetchval(_SAVE, *privacy.facts(viewer_id, [author]), ids.shard_of(viewer_id), post.id):
        raise privacy.Changed


async def unsave(db: Database, viewer_id: int, post: Post) -> None:
    """Keep `post` no longer."""
    await db.execute("DELETE FROM saves WHERE user_id = $1 AND post_id = $2", viewer_id, post.id)
