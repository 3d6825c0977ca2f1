"""Comments on posts, and replies to them."""

from datetime import datetime
from typing import Annotated, Optional

import strawberry

from domain.comments import rows
from resolvers import comments, posts
from schema import bounds
from schema.connection import Connection
from schema.fields import argument, at_most, attribute, batched, idempotency_key_field, mutates, paged
from schema.nodes import Node, node
from schema.payload import Payload, deleted_id_field
from schema.permissions import signed_in
from schema.posts import Post
from schema.users import User


@node(rows.Comment, "A comment on a post, or a reply to a comment.")
class Comment(Node):
    post: Post = batched(comments.posts, "The post this comment belongs to.")
    author: User = batched(posts.authors, "The author of the comment.")
    text: str = attribute("Text of the comment, 1 to 2,200 characters.", max_bytes=bounds.COMMENT_BYTES)
    mentions: list[User] = batched(
        posts.mentions,
        "Users mentioned in the text with '@', in order of appearance. Users that the viewer may not see are excluded.",
        at_most(bounds.MENTIONS),
    )
    created_at: datetime = attribute("Time at which the comment was created.")
    like_count: int = batched(
        comments.like_counts,
        "Number of users who like the comment. At most 2 seconds old. Likes of users blocked by the "
        "viewer, or blocking the viewer, are not counted.",
    )
    viewer_has_liked: bool = batched(
        comments.viewer_has_liked, "Whether the viewer likes the comment. False when signed out."
    )
    parent: Optional[Annotated["Comment", strawberry.lazy("schema.comments")]] = batched(  # noqa: UP045
        comments.parents, "The comment that this comment replies to. Null for a top-level comment."
    )
    reply_count: int = batched(
        comments.reply_counts,
        "Number of replies to the comment. At most 2 seconds old. Replies hidden from the viewer by a "
        "block are not counted.",
    )
    replies: Connection[Annotated["Comment", strawberry.lazy("schema.comments")]] | None = batched(
        comments.replies, "Replies to the comment, oldest first. A reply has no replies.", **paged()
    )


@strawberry.input(description="A new comment.")
class AddCommentInput:
    post_id: strawberry.ID = attribute("ID of the post to comment on.")
    parent_id: strawberry.ID | None = attribute(
        "ID of the comment to reply to. It must be a top-level comment on the same post. Omit it to add a "
        "top-level comment.",
        default=None,
    )
    text: str = attribute("Text of the comment, 1 to 2,200 characters, with at most 30 hashtags and 20 mentions.")
    idempotency_key: str | None = idempotency_key_field()


@strawberry.type(description="Result of adding, liking or unliking a comment.")
class CommentPayload(Payload):
    comment: Comment | None = attribute(
        "The comment in its current state. Null when the viewer may not see it.", default=None
    )


@strawberry.type(description="Result of deleting a comment and its replies.")
class DeleteCommentPayload(Payload):
    deleted_id: strawberry.ID | None = deleted_id_field()
    post: Post | None = attribute(
        "The post that the deleted comment belonged to. Null when the viewer may not see it.", default=None
    )
    parent: Comment | None = attribute(
        "The comment that the deleted comment replied to. Null for a top-level comment, and when the "
        "viewer may not see it.",
        default=None,
    )


_COMMENT = argument(strawberry.ID, "ID of the comment.")


@strawberry.type
class Mutation:
    add_comment: CommentPayload | None = mutates(
        comments.add,
        CommentPayload,
        "Adds a comment to a post, or a reply to a comment.",
        signed_in,
        input=argument(AddCommentInput, "The comment to add."),
    )
    delete_comment: DeleteCommentPayload | None = mutates(
        comments.delete,
        DeleteCommentPayload,
        "Deletes a comment and its replies. Allowed for the comment's author and for the post's author, "
        "even when they may not see the comment.",
        signed_in,
        comment_id=_COMMENT,
    )
    like_comment: CommentPayload | None = mutates(
        comments.like, CommentPayload, "Likes a comment.", signed_in, comment_id=_COMMENT
    )
    unlike_comment: CommentPayload | None = mutates(
        comments.unlike,
        CommentPayload,
        "Removes the viewer's like from a comment. This also works when the viewer may no longer see the "
        "comment; `comment` is then null.",
        signed_in,
        comment_id=_COMMENT,
    )
