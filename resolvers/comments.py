"""Comments."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from domain.comments import actions, reads
from domain.comments.rows import Comment
from domain.likes import actions as likes
from domain.posts.rows import Post
from domain.rows import number_of
from kit.errors import mistake
from kit.paging import Page
from resolvers.context import Context
from resolvers.loaders import load_known
from resolvers.paging import pages

Answer = dict[str, Any]
Pages = list[Page[Comment] | Exception]


async def of_posts(context: Context, posts: Sequence[Post], first: int, after: str | None) -> Pages:
    """For each post, a page of its top-level comments, newest first."""
    loaders = context.loaders
    return await pages(
        context, "comments", posts, first, after, loaders.pages_of_comments, loaders.comment_by_id.load_many
    )


async def replies(context: Context, comments: Sequence[Comment], first: int, after: str | None) -> Pages:
    """For each comment, a page of its replies, oldest first."""
    fetch = partial(reads.pages_of_replies, context.services.db)
    return await pages(context, "replies", comments, first, after, fetch, context.loaders.comment_by_id.load_many)


async def posts(context: Context, comments: Sequence[Comment]) -> list[Post | None]:
    """The post of each comment."""
    return await context.loaders.post_by_id.load_many([comment.post_id for comment in comments])


async def parents(context: Context, comments: Sequence[Comment]) -> list[Comment | None]:
    """What each reply answers; None for a top-level comment."""
    return await load_known(context.loaders.comment_by_id, [comment.parent_id for comment in comments])


async def like_counts(context: Context, comments: Sequence[Comment]) -> list[int]:
    """How many like each comment, but for those across a block; the viewer's own like is always among them."""
    views = await context.loaders.view_by_comment.load_many([comment.id for comment in comments])
    return [
        max(context.number("comment.likes", comment.id, comment.likes) - view.hidden_likes, int(view.liked))
        for comment, view in zip(comments, views, strict=True)
    ]


async def reply_counts(context: Context, comments: Sequence[Comment]) -> list[int]:
    """How many replies each comment has, but for those that a block hides from the viewer."""
    views = await context.loaders.view_by_comment.load_many([comment.id for comment in comments])
    return [
        max(context.number("comment.replies", comment.id, comment.replies) - view.hidden_comments, 0)
        for comment, view in zip(comments, views, strict=True)
    ]


async def viewer_has_liked(context: Context, comments: Sequence[Comment]) -> list[bool]:
    """Whether the viewer likes each comment."""
    return [view.liked for view in await context.loaders.view_by_comment.load_many([row.id for row in comments])]


async def add(context: Context, input: Any) -> Answer:
    """Say something under a post: {comment}. Raises UserErrors, BadUserInput."""
    viewer_id = context.require_viewer()
    post_id = number_of(Post, input.post_id)
    parent_id = number_of(Comment, input.parent_id) if input.parent_id is not None else None

    async def attempt() -> tuple[int, actions.Numbers]:
        [post] = await load_known(context.loaders.post_by_id, [post_id])
        if post is None:
            raise mistake("NOT_FOUND", "The post does not exist, or you cannot see it.", "postId")
        parent = await _parent(context, post, parent_id)
        author, parent_author = await load_known(
            context.loaders.user_by_id, [post.author_id, parent.author_id if parent else None]
        )
        assert author is not None
        return await actions.add_comment(
            context.services.db,
            viewer_id,
            post=post,
            author=author,
            parent=parent,
            parent_author=parent_author,
            text=input.text,
            key=input.idempotency_key,
        )

    comment_id, numbers = await context.retry_on_conflict(attempt)
    context.counted |= numbers
    context.forget()
    comment = await context.loaders.comment_by_id.load(comment_id)
    return {"comment": comment}


async def _parent(context: Context, post: Post, parent_id: int | None) -> Comment | None:
    if parent_id is None:
        return None
    [parent] = await load_known(context.loaders.comment_by_id, [parent_id])
    if parent is None or parent.post_id != post.id:
        raise mistake("NOT_FOUND", "This post has no comment with this ID that you can see.", "parentId")
    if parent.parent_id is not None:
        raise mistake("INVALID", "You cannot reply to a reply. Reply to the top-level comment instead.", "parentId")
    return parent


async def delete(context: Context, comment_id: str) -> Answer:
    """Delete a comment: {deleted_id, post, parent}. Raises UserErrors, BadUserInput.

    Its author and the author of the post need not see it; the post and the parent are None where they do not.
    """
    db = context.services.db
    comment = await actions.deletable(db, context.require_viewer(), number_of(Comment, comment_id))
    if comment is None:
        await _seen(context, comment_id)
        raise mistake(
            "NOT_ALLOWED",
            "Only the author of the comment and the author of the post can delete a comment.",
            "commentId",
        )
    context.counted |= await actions.delete_comment(db, comment)
    context.forget()
    post, [parent] = await asyncio.gather(
        context.loaders.post_by_id.load(comment.post_id),
        load_known(context.loaders.comment_by_id, [comment.parent_id]),
    )
    return {"deleted_id": comment_id, "post": post, "parent": parent}


async def like(context: Context, comment_id: str) -> Answer:
    """The viewer likes a comment: {comment}. Raises UserErrors, BadUserInput."""
    viewer_id = context.require_viewer()

    async def attempt() -> Comment:
        comment = await _seen(context, comment_id)
        post = await context.loaders.post_by_id.load(comment.post_id)
        assert post is not None
        owners = await context.loaders.user_by_id.load_many(list({comment.author_id, post.author_id}))
        count = await likes.like(context.services.db, viewer_id, comment, [user for user in owners if user])
        if count is not None:
            context.counted["comment.likes", comment.id] = count
        return comment

    comment = await context.retry_on_conflict(attempt)
    context.forget()
    return {"comment": await context.loaders.comment_by_id.load(comment.id)}


async def unlike(context: Context, comment_id: str) -> Answer:
    """Withdraw the viewer's like: {comment}, None where they cannot see it. Raises UserErrors, BadUserInput.

    A comment that they neither like nor see is answered like one that does not exist.
    """
    number = number_of(Comment, comment_id)
    count = await likes.unlike(context.services.db, context.require_viewer(), Comment, number)
    context.forget()
    if count is None:
        return {"comment": await _seen(context, comment_id)}
    context.counted["comment.likes", number] = count
    return {"comment": await context.loaders.comment_by_id.load(number)}


async def _seen(context: Context, comment_id: str) -> Comment:
    [comment] = await load_known(context.loaders.comment_by_id, [number_of(Comment, comment_id)])
    if comment is None:
        raise mistake("NOT_FOUND", "The comment does not exist, or you cannot see it.", "commentId")
    return comment
