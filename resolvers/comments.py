"""Resolvers of comments."""

from typing import TYPE_CHECKING

from domain.commands import comments as commands

if TYPE_CHECKING:
    from schema.comments import AddCommentInput

from collections.abc import Sequence
from functools import partial
from typing import Any

from domain.comments import reads
from domain.comments.rows import Comment
from domain.posts.rows import Post
from domain.rows import number_of
from domain.viewer.noun import load_known
from kit.paging import Page
from resolvers.context import Context
from resolvers.paging import pages

Answer = dict[str, Any]
Pages = list[Page[Comment] | Exception]


async def of_posts(context: Context, posts: Sequence[Post], first: int, after: str | None) -> Pages:
    """For each post, a page of its top-level comments, newest first."""
    viewer = context.viewer
    return await pages(
        context, "comments", posts, first, after, viewer.comments.pages_of_posts, viewer.comments.by_id.load_many
    )


async def replies(context: Context, comments: Sequence[Comment], first: int, after: str | None) -> Pages:
    """For each comment, a page of its replies, oldest first."""
    fetch = partial(reads.pages_of_replies, context.services.db)
    return await pages(context, "replies", comments, first, after, fetch, context.viewer.comments.by_id.load_many)


async def posts(context: Context, comments: Sequence[Comment]) -> list[Post | None]:
    """The post of each comment."""
    return await context.viewer.posts.by_id.load_many([comment.post_id for comment in comments])


async def parents(context: Context, comments: Sequence[Comment]) -> list[Comment | None]:
    """The comment that each reply belongs to; None for a top-level comment."""
    return await load_known(context.viewer.comments.by_id, [comment.parent_id for comment in comments])


async def like_counts(context: Context, comments: Sequence[Comment]) -> list[int]:
    """The like count of each comment, without users across a block. It always includes the viewer's own like."""
    views = await context.viewer.comments.view.load_many([comment.id for comment in comments])
    return [
        max(context.viewer.count("comment.likes", comment.id, comment.likes) - view.hidden_likes, int(view.liked))
        for comment, view in zip(comments, views, strict=True)
    ]


async def reply_counts(context: Context, comments: Sequence[Comment]) -> list[int]:
    """The number of replies to each comment, without those that a block hides from the viewer."""
    views = await context.viewer.comments.view.load_many([comment.id for comment in comments])
    return [
        max(context.viewer.count("comment.replies", comment.id, comment.replies) - view.hidden_comments, 0)
        for comment, view in zip(comments, views, strict=True)
    ]


async def viewer_has_liked(context: Context, comments: Sequence[Comment]) -> list[bool]:
    """Whether the viewer likes each comment."""
    return [view.liked for view in await context.viewer.comments.view.load_many([row.id for row in comments])]


async def add(context: Context, input: "AddCommentInput") -> Answer:
    """Comment on a post, or reply to a comment: {comment}."""
    comment = await commands.add_comment(
        context.viewer,
        post_id=number_of(Post, input.post_id),
        parent_id=number_of(Comment, input.parent_id) if input.parent_id is not None else None,
        text=input.text,
        key=input.idempotency_key,
    )
    return {"comment": comment}


async def delete(context: Context, comment_id: str) -> Answer:
    """Delete a comment: {deleted_id, post, parent}, None where the viewer cannot see them."""
    post, parent = await commands.delete_comment(context.viewer, number_of(Comment, comment_id))
    return {"deleted_id": comment_id, "post": post, "parent": parent}


async def like(context: Context, comment_id: str) -> Answer:
    """Like a comment: {comment}."""
    return {"comment": await commands.like_comment(context.viewer, number_of(Comment, comment_id))}


async def unlike(context: Context, comment_id: str) -> Answer:
    """Withdraw the viewer's like: {comment}, None where they cannot see it."""
    return {"comment": await commands.unlike_comment(context.viewer, number_of(Comment, comment_id))}
