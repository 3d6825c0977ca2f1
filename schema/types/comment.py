from datetime import datetime
from typing import Annotated, Optional

import strawberry

from domain.comments import rows
from resolvers import comments, posts
from schema import bounds
from schema.connection import Connection
from schema.fields import at_most, attribute, batched, paged
from schema.types.node import Node, node
from schema.types.post import Post
from schema.types.user import User


@node(rows.Comment, "What somebody says under a post.")
class Comment(Node):
    post: Post = batched(comments.posts, "What it is said under.")
    author: User = batched(posts.authors, "Who says it.")
    text: str = attribute("1 to 2,200 characters.", max_bytes=bounds.COMMENT_BYTES)
    mentions: list[User] = batched(
        posts.mentions, "The people named with @ in it who exist and may be shown.", at_most(bounds.MENTIONS)
    )
    created_at: datetime = attribute("When it was said.")
    like_count: int = batched(comments.like_counts, "How many like it; at most 2 seconds old.")
    viewer_has_liked: bool = batched(comments.viewer_has_liked, "Whether the viewer likes it.")
    parent: Optional[Annotated["Comment", strawberry.lazy("schema.types.comment")]] = batched(  # noqa: UP045
        comments.parents, "What it answers; null for a top-level comment."
    )
    reply_count: int = batched(comments.reply_counts, "How many replies it has; at most 2 seconds old.")
    replies: Connection[Annotated["Comment", strawberry.lazy("schema.types.comment")]] | None = batched(
        comments.replies, "Oldest first.", **paged()
    )
