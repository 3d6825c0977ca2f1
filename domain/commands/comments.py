"""Commands for comments."""

import asyncio

from domain.comments import actions
from domain.comments.rows import Comment
from domain.likes import actions as likes
from domain.posts.rows import Post
from domain.viewer.noun import load_known
from domain.viewer.viewer import Viewer
from kit.errors import mistake


async def add_comment(
    viewer: Viewer, *, post_id: int, parent_id: int | None, text: str, key: str | None
) -> Comment | None:
    """Comment on a post, or reply to one of its top-level comments, `parent_id`. `key` is the idempotency key."""

    async def attempt() -> tuple[int, actions.Numbers]:
        [post] = await load_known(viewer.posts.by_id, [post_id])
        if post is None:
            raise mistake("NOT_FOUND", "The post does not exist, or you cannot see it.", "postId")
        parent = await _parent(viewer, post, parent_id)
        author, parent_author = await load_known(
            viewer.users.by_id, [post.author_id, parent.author_id if parent else None]
        )
        assert author is not None
        return await actions.add_comment(
            await viewer.writable(),
            viewer.require_id(),
            post=post,
            author=author,
            parent=parent,
            parent_author=parent_author,
            text=text,
            key=key,
        )

    comment_id, numbers = await viewer.retry_on_conflict(attempt)
    viewer.counts |= numbers
    viewer.forget()
    return await viewer.comments.by_id.load(comment_id)


async def _parent(viewer: Viewer, post: Post, parent_id: int | None) -> Comment | None:
    if parent_id is None:
        return None
    [parent] = await load_known(viewer.comments.by_id, [parent_id])
    if parent is None or parent.post_id != post.id:
        raise mistake("NOT_FOUND", "This post has no comment with this ID that you can see.", "parentId")
    if parent.parent_id is not None:
        raise mistake("INVALID", "You cannot reply to a reply. Reply to the top-level comment instead.", "parentId")
    return parent


async def delete_comment(viewer: Viewer, comment_id: int) -> tuple[Post | None, Comment | None]:
    """Delete a comment with its replies. Returns (its post, its parent): None where the viewer cannot see them.

    The author of the comment and the author of the post can delete it, even if they cannot see it.
    """
    db = await viewer.writable()
    comment = await actions.deletable(db, viewer.require_id(), comment_id)
    if comment is None:
        await _visible(viewer, comment_id)
        raise mistake(
            "NOT_ALLOWED",
            "Only the author of the comment and the author of the post can delete a comment.",
            "commentId",
        )
    viewer.counts |= await actions.delete_comment(db, comment)
    viewer.forget()
    post, [parent] = await asyncio.gather(
        viewer.posts.by_id.load(comment.post_id), load_known(viewer.comments.by_id, [comment.parent_id])
    )
    return post, parent


async def like_comment(viewer: Viewer, comment_id: int) -> Comment:
    """Like a comment that the viewer can see. Liking it again changes nothing."""

    async def attempt() -> Comment:
        comment = await _visible(viewer, comment_id)
        post = await viewer.posts.by_id.load(comment.post_id)
        assert post is not None
        owners = await viewer.users.by_id.load_many(list({comment.author_id, post.author_id}))
        db = await viewer.writable()
        count = await likes.like(db, viewer.require_id(), comment, [user for user in owners if user])
        if count is not None:
            viewer.counts["comment.likes", comment_id] = count
        return comment

    comment = await viewer.retry_on_conflict(attempt)
    viewer.comments.view.clear(comment_id)  # all else that was loaded of the comment is as it was
    return comment


async def unlike_comment(viewer: Viewer, comment_id: int) -> Comment | None:
    """Withdraw the viewer's like, also from a comment that they can no longer see; None then.

    Raises UserErrors: NOT_FOUND where they neither like nor see a comment with this ID.
    """
    count = await likes.unlike(await viewer.writable(), viewer.require_id(), Comment, comment_id)
    viewer.forget()
    if count is None:
        return await _visible(viewer, comment_id)
    viewer.counts["comment.likes", comment_id] = count
    return await viewer.comments.by_id.load(comment_id)


async def _visible(viewer: Viewer, comment_id: int) -> Comment:
    [comment] = await load_known(viewer.comments.by_id, [comment_id])
    if comment is None:
        raise mistake("NOT_FOUND", "The comment does not exist, or you cannot see it.", "commentId")
    return comment
