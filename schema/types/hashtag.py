from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.hashtags import rows
from resolvers import places
from schema import bounds
from schema.connection import Connection
from schema.fields import attribute, batched, paged
from schema.scalars import Long
from schema.types.node import Node, node

if TYPE_CHECKING:
    from schema.types.post import Post


@node(
    rows.Hashtag, "A word that people put their posts under. It exists for those who may see one of its newest posts."
)
class Hashtag(Node):
    name: str = attribute(
        "Name without '#', as first written. Names that differ in case only are the same hashtag.",
        max_bytes=bounds.HASHTAG_BYTES,
    )
    post_count: Long = batched(
        places.post_counts, "Number of posts with this hashtag by public accounts. At most 2 seconds old."
    )
    posts: Connection[Annotated["Post", strawberry.lazy("schema.types.post")]] | None = batched(
        places.posts_of_hashtags, "Posts under it, newest first.", **paged()
    )
