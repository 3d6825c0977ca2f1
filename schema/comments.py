from datetime import datetime
from typing import Annotated, Optional

import strawberry

from domain.comments import rows
from resolvers import comments, posts
from schema import bounds
from schema.connection import Connection
from schema.fields import at_most, attribute, batched, paged
from schema.nodes import Node, node
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
