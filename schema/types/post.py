from datetime import datetime
from enum import Enum

import strawberry

from domain.posts import rows
from resolvers import posts
from schema.connection import PageInfo
from schema.fields import attribute, batched
from schema.types.media import Media
from schema.types.node import Node, node
from schema.types.upload import Upload
from schema.types.user import User


@strawberry.enum(description="Who can see it by now.")
class PublicationStatus(Enum):
    PROCESSING = strawberry.enum_value("PROCESSING", description="Waiting for its media; only the author sees it.")
    PUBLISHED = strawberry.enum_value("PUBLISHED", description="Others see it.")
    REJECTED = strawberry.enum_value("REJECTED", description="Its media was refused; only the author sees it.")


@node(rows.Post, "Photos with a caption.")
class Post(Node):
    status: PublicationStatus = attribute("Who can see it by now.")
    author: User = batched(posts.authors, "Who made it.")
    caption: str = attribute("At most 2,200 characters; may be empty.")
    media: list[Media] = attribute("Those that are ready, in the author's order: 1 to 10 once PUBLISHED.")
    uploads: list[Upload] | None = batched(
        posts.uploads, "The author's view of the media on its way; null for anyone else."
    )
    created_at: datetime = attribute(
        "The instant of publication (of creation until then). Lists order by it, then by id."
    )


@strawberry.type(description="A post of the feed, and its place there.")
class FeedEdge:
    node: Post = attribute("The post.")
    cursor: str = attribute("Its place in the feed: pass it as `after`.")


@strawberry.type(description="A page of the feed.")
class FeedConnection:
    edges: list[FeedEdge] = attribute("The posts with their cursors.")
    nodes: list[Post] = attribute("The posts alone.")
    page_info: PageInfo = attribute("Where this page stands.")


@strawberry.enum(description="In which order the feed comes.")
class FeedOrder(Enum):
    RANKED = strawberry.enum_value("RANKED", description="By predicted worth to the viewer.")
    CHRONOLOGICAL = strawberry.enum_value("CHRONOLOGICAL", description="By time, newest first.")
