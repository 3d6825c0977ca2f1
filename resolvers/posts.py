"""Posts."""

from collections.abc import Sequence
from typing import Any

from domain.accounts.rows import User
from domain.media.rows import Photo, Upload, Variant, smallest_at_least
from domain.posts import actions
from domain.posts.actions import Medium
from domain.posts.rows import Post
from domain.rows import number_of
from resolvers.context import Context

Answer = dict[str, Any]


async def authors(context: Context, posts: Sequence[Post]) -> list[User | None]:
    """The author of each post."""
    return await context.loaders.user_by_id.load_many([post.author_id for post in posts])


async def uploads(context: Context, posts: Sequence[Post]) -> list[list[Upload] | None]:
    """The uploads of the viewer's own posts, None for those of others."""
    own = [post.id for post in posts if post.author_id == context.viewer_id]
    of_post = dict(zip(own, await context.loaders.uploads_by_post.load_many(own), strict=True))
    ids = [id for ids in of_post.values() for id in ids]
    rows = dict(zip(ids, await context.loaders.upload_by_id.load_many(ids), strict=True))
    return [
        [upload for id in of_post[post.id] if (upload := rows[id])] if post.id in of_post else None for post in posts
    ]


def image(context: Context, photo: Photo, width: int, format: str) -> Variant:
    """The rendition of the photo that fills `width` pixels."""
    return smallest_at_least(photo, width, format)


def variant_url(context: Context, variant: Variant) -> str:
    """Where the rendition is, on the host of the settings."""
    return f"{context.services.media_url}/{variant.key}"


async def create(context: Context, input: Any) -> Answer:
    """Make a post of the viewer's uploads: {post}. Raises UserErrors, BadUserInput."""
    post_id = await actions.create_post(
        context.services.db,
        context.require_viewer(),
        media=[Medium(number_of(Upload, medium.upload_id), medium.alt_text) for medium in input.media],
        caption=input.caption,
        key=input.idempotency_key,
    )
    return {"post": await context.loaders.post_by_id.load(post_id)}


async def delete(context: Context, post_id: str) -> Answer:
    """Delete a post of the viewer's: {deleted_id, author}. Raises UserErrors, BadUserInput."""
    viewer_id = context.require_viewer()
    await actions.delete_post(context.services.db, context.services.redis, viewer_id, number_of(Post, post_id))
    context.forget()
    return {"deleted_id": post_id, "author": await context.loaders.user_by_id.load(viewer_id)}
