"""Commands for posts."""

from collections.abc import Awaitable, Callable, Sequence

from domain import captions
from domain.accounts.rows import User
from domain.comments.rows import Comment
from domain.likes import actions as likes
from domain.posts import actions, cache, saves, tags
from domain.posts.actions import Changes, Medium
from domain.posts.places import Place
from domain.posts.rows import Post
from domain.viewer.noun import load_known
from domain.viewer.viewer import Viewer
from kit.errors import mistake


async def create_post(
    viewer: Viewer,
    *,
    media: Sequence[Medium],
    caption: str | None,
    place: Place | None,
    comments_disabled: bool,
    key: str | None,
) -> Post | None:
    """Create a post from 1 to 10 of the viewer's uploads, whether or not their bytes have arrived.

    `key` is the idempotency key. None where an earlier request with the same key created the post, and it is deleted.
    """
    post_id = await actions.create_post(
        await viewer.writable(),
        viewer.require_id(),
        media=media,
        caption=caption,
        place=place,
        comments_disabled=comments_disabled,
        key=key,
    )
    return await viewer.posts.by_id.load(post_id)


async def update_post(viewer: Viewer, post_id: int, changes: Changes) -> Post | None:
    """Change a post of the viewer."""
    post = await visible_post(viewer, post_id)
    await actions.update_post(await viewer.writable(), viewer.parts.redis, viewer.require_id(), post, changes)
    viewer.forget()
    return await viewer.posts.by_id.load(post_id)


async def delete_post(viewer: Viewer, post_id: int) -> User | None:
    """Delete a post of the viewer. Returns its author, with one post less."""
    viewer_id = viewer.require_id()
    post = await visible_post(viewer, post_id)
    left = await actions.delete_post(await viewer.writable(), viewer.parts.redis, viewer_id, post)
    viewer.counts["user.posts", viewer_id] = left
    viewer.forget()
    return await viewer.users.by_id.load(viewer_id)


async def like_post(viewer: Viewer, post_id: int) -> Post:
    """Like a post that the viewer can see. Liking it again changes nothing."""

    async def write(post: Post, author: User) -> None:
        count = await likes.like(await viewer.writable(), viewer.require_id(), post, [author])
        if count is not None:
            viewer.counts["post.likes", post_id] = count

    return await _react(viewer, post_id, write)


async def unlike_post(viewer: Viewer, post_id: int) -> Post | None:
    """Withdraw the viewer's like, also from a post that they can no longer see; None then."""
    count = await likes.unlike(await viewer.writable(), viewer.require_id(), Post, post_id)
    if count is not None:
        viewer.counts["post.likes", post_id] = count
    return await _withdrawn(viewer, post_id, was_theirs=count is not None)


async def save_post(viewer: Viewer, post_id: int) -> Post:
    """Save a post that the viewer can see. Saving it again changes nothing."""

    async def write(post: Post, author: User) -> None:
        await saves.save(await viewer.writable(), viewer.require_id(), post, author)

    return await _react(viewer, post_id, write)


async def unsave_post(viewer: Viewer, post_id: int) -> Post | None:
    """Remove a post from the viewer's saved posts, also one that they can no longer see; None then."""
    was_saved = await saves.unsave(await viewer.writable(), viewer.require_id(), post_id)
    return await _withdrawn(viewer, post_id, was_theirs=was_saved)


async def remove_my_tags(viewer: Viewer, post_id: int) -> Post | None:
    """Remove every tag of the viewer from a post, also from one that they can no longer see; None then."""
    was_tagged = await tags.remove_tags(await viewer.writable(), viewer.require_id(), post_id)
    if was_tagged:
        await cache.forget(viewer.parts.redis, post_id)
    return await _withdrawn(viewer, post_id, was_theirs=was_tagged)


async def remove_my_mention(viewer: Viewer, post_id: int, comment_id: int) -> tuple[Post | None, Comment | None]:
    """Remove the viewer's mention from a post or a comment: one of the IDs is 0. None where they cannot see it."""
    table = "posts" if post_id else "comments"
    db = await viewer.writable()
    was_mentioned = await captions.remove_mention(db, viewer.require_id(), table, post_id or comment_id)
    if was_mentioned and post_id:
        await cache.forget(viewer.parts.redis, post_id)
    viewer.forget()
    [post] = await load_known(viewer.posts.by_id, [post_id])
    [comment] = await load_known(viewer.comments.by_id, [comment_id])
    if not (was_mentioned or post or comment):
        raise mistake("NOT_FOUND", "The post or comment does not exist, or you cannot see it.", "subjectId")
    return post, comment


async def visible_post(viewer: Viewer, post_id: int) -> Post:
    """The post. Raises UserErrors: NOT_FOUND where the viewer cannot see one with this ID."""
    [post] = await load_known(viewer.posts.by_id, [post_id])
    if post is None:
        raise mistake("NOT_FOUND", "The post does not exist, or you cannot see it.", "postId")
    return post


async def _react(viewer: Viewer, post_id: int, write: Callable[[Post, User], Awaitable[None]]) -> Post:
    async def attempt() -> Post:
        post = await visible_post(viewer, post_id)
        author = await viewer.users.by_id.load(post.author_id)
        assert author is not None
        await write(post, author)
        return post

    post = await viewer.retry_on_conflict(attempt)
    viewer.posts.view.clear(post_id)  # all else that was loaded of the post is as it was
    return post


async def _withdrawn(viewer: Viewer, post_id: int, *, was_theirs: bool) -> Post | None:
    """The post after the viewer has withdrawn something from it; None where they cannot see it.

    Raises UserErrors: NOT_FOUND where nothing was theirs and they cannot see the post, as if it did not exist.
    """
    viewer.forget()
    if was_theirs:
        return await viewer.posts.by_id.load(post_id)
    return await visible_post(viewer, post_id)
