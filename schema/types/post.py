from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.posts import rows
from resolvers import comments, feed, places, posts, relationships
from schema import bounds
from schema.connection import Connection, PageInfo, cursor_field, edges_field, nodes_field, page_info_field
from schema.fields import PRIVATE, at_most, attribute, batched, derived, paged, up_to_bytes, weighing
from schema.types.media import Media
from schema.types.node import Node, node
from schema.types.upload import Upload
from schema.types.user import User

if TYPE_CHECKING:
    from schema.types.comment import Comment


@strawberry.enum(description="Who can see it by now.")
class PublicationStatus(Enum):
    PROCESSING = strawberry.enum_value("PROCESSING", description="Waiting for its media; only the author sees it.")
    PUBLISHED = strawberry.enum_value("PUBLISHED", description="Others see it.")
    IN_REVIEW = strawberry.enum_value(
        "IN_REVIEW", description="Held until somebody has looked at it; only the author sees it."
    )
    REJECTED = strawberry.enum_value("REJECTED", description="Its media was refused; only the author sees it.")


@node(rows.Location, "A place, as somebody named it. It exists for those who may see one of its newest posts.")
class Location(Node):
    name: str = attribute("At most 100 characters.", max_bytes=bounds.PLACE_BYTES)
    latitude: float | None = attribute("Degrees, north is positive; to about a metre.")
    longitude: float | None = attribute("Degrees, east is positive; to about a metre.")
    posts: Connection[Annotated["Post", strawberry.lazy("schema.types.post")]] | None = batched(
        places.posts_of_locations, "Posts from there, newest first.", **paged()
    )
    top_posts: Connection[Annotated["Post", strawberry.lazy("schema.types.post")]] | None = batched(
        places.top_posts_of_locations,
        "Posts from this location that received the most engagement, of the newest 500. Posts of the last 7 days come "
        "first. The order is at most 1 minute old, and the following pages keep it for 30 minutes.",
        weighing(bounds.RANKING_POINTS),
        **paged(),
    )


@node(rows.Post, "Photos with a caption.")
class Post(Node):
    status: PublicationStatus = attribute("Who can see it by now.")
    author: User = batched(posts.authors, "Who made it.")
    caption: str = attribute("At most 2,200 characters; may be empty.", max_bytes=bounds.CAPTION_BYTES)
    hashtags: list[str] = derived(
        posts.hashtags,
        "Hashtags as written in the caption, without '#', in order of appearance.",
        at_most(bounds.HASHTAGS) | up_to_bytes(bounds.HASHTAG_BYTES),
    )
    mentions: list[User] = batched(
        posts.mentions, "The people named with @ in the caption who exist and may be shown.", at_most(bounds.MENTIONS)
    )
    location: Location | None = attribute("Where it is from.")
    media: list[Media] = attribute(
        "Those that are ready, in the author's order: 1 to 10 once PUBLISHED.", at_most=bounds.MEDIA
    )
    uploads: list[Upload] | None = batched(
        posts.uploads,
        "The author's view of the media on its way; null for anyone else.",
        at_most(bounds.MEDIA) | PRIVATE,
    )
    created_at: datetime = attribute(
        "The instant of publication (of creation until then). Lists order by it, then by id."
    )
    edited_at: datetime | None = attribute("When its caption or location was last changed.")
    like_count: int | None = batched(posts.like_counts, "Null where the author hides it. At most 2 seconds old.")
    comment_count: int = batched(posts.comment_counts, "With replies; at most 2 seconds old.")
    comments_disabled: bool = attribute("Whether nobody can comment on it.")
    viewer_has_liked: bool = batched(posts.viewer_has_liked, "Whether the viewer likes it.")
    viewer_has_saved: bool = batched(posts.viewer_has_saved, "Whether the viewer has saved it.")
    likers: Connection[User] | None = batched(posts.likers, "Who likes it, the latest first.", **paged())
    comments: Connection[Annotated["Comment", strawberry.lazy("schema.types.comment")]] | None = batched(
        comments.of_posts, "Top-level comments, newest first.", **paged()
    )


@strawberry.type(description="A post the viewer has saved, and its place in the list.")
class SavedPostEdge:
    node: Post = attribute("The post.")
    saved_at: datetime = derived(relationships.made_at, "When they saved it.")
    cursor: str = cursor_field()


@strawberry.type(description="A page of the posts the viewer has saved, the last saved first.")
class SavedPostConnection:
    edges: list[SavedPostEdge] = edges_field()
    nodes: list[Post] = nodes_field()
    page_info: PageInfo = page_info_field()


@strawberry.enum(description="Why a post is in the feed: the first of these that holds.")
class FeedReason(Enum):
    OWN = strawberry.enum_value("OWN", description="It is the viewer's.")
    CLOSE = strawberry.enum_value("CLOSE", description="The viewer has much to do with its author.")
    POPULAR = strawberry.enum_value("POPULAR", description="Many react to it for its age.")
    RECENT = strawberry.enum_value("RECENT", description="It is no older than an hour.")
    FOLLOWED = strawberry.enum_value(
        "FOLLOWED", description="The viewer follows its author; by time, all but one's own."
    )


@strawberry.type(description="A post of the feed, and its place there.")
class FeedEdge:
    node: Post = attribute("The post.")
    cursor: str = cursor_field()
    reason: FeedReason = derived(feed.reasons, "Why it is there.")


@strawberry.type(description="A page of the feed.")
class FeedConnection:
    edges: list[FeedEdge] = edges_field()
    nodes: list[Post] = nodes_field()
    page_info: PageInfo = page_info_field()


@strawberry.enum(description="In which order the feed comes.")
class FeedOrder(Enum):
    RANKED = strawberry.enum_value(
        "RANKED",
        description="By predicted worth to the viewer, as it was when the first page was read; after some 500 posts by "
        "time. A cursor that has not been used for half an hour, or is of a first page before the last four, goes on "
        "by time, below the earliest post before it.",
    )
    CHRONOLOGICAL = strawberry.enum_value("CHRONOLOGICAL", description="By time, newest first.")
