from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.posts import rows
from resolvers import comments, feed, places, posts, relationships
from schema import bounds
from schema.connection import Connection, PageInfo, cursor_field, edges_field, nodes_field, page_info_field
from schema.fields import PRIVATE, at_most, attribute, batched, derived, paged, up_to_bytes, weighing
from schema.media import Media
from schema.nodes import Node, node
from schema.uploads import Upload
from schema.users import User

if TYPE_CHECKING:
    from schema.comments import Comment


@strawberry.enum(description="Publication status of a post or story.")
class PublicationStatus(Enum):
    PROCESSING = strawberry.enum_value(
        "PROCESSING", description="Waiting for its media to be processed. Visible only to the author."
    )
    PUBLISHED = strawberry.enum_value(
        "PUBLISHED", description="Published. Visible to everyone who may see the author's content."
    )
    IN_REVIEW = strawberry.enum_value(
        "IN_REVIEW", description="Waiting for manual review of its media. Visible only to the author."
    )
    REJECTED = strawberry.enum_value(
        "REJECTED", description="Not published because its media was rejected. Visible only to the author."
    )


@node(
    rows.Location,
    "A location, as named by the author of a post. The viewer can see it when they may see at least "
    "one of its newest posts.",
)
class Location(Node):
    name: str = attribute("Name of the location, 1 to 100 characters.", max_bytes=bounds.PLACE_BYTES)
    latitude: float | None = attribute(
        "Latitude in degrees, -90 to 90, north positive, accurate to about 1 meter. Null when the author "
        "gave no coordinates."
    )
    longitude: float | None = attribute(
        "Longitude in degrees, -180 to 180, east positive, accurate to about 1 meter. Null when the author "
        "gave no coordinates."
    )
    posts: Connection[Annotated["Post", strawberry.lazy("schema.posts")]] | None = batched(
        places.posts_of_locations, "Posts from this location, newest first.", **paged()
    )
    top_posts: Connection[Annotated["Post", strawberry.lazy("schema.posts")]] | None = batched(
        places.top_posts_of_locations,
        "Posts from this location that received the most engagement, of the newest 500. Posts of the last 7 days come "
        "first. The order is at most 1 minute old, and the following pages keep it for 30 minutes.",
        weighing(bounds.RANKING_POINTS),
        **paged(),
    )


@node(rows.Post, "A post: 1 to 10 photos and videos with a caption.")
class Post(Node):
    status: PublicationStatus = attribute("Publication status of the post.")
    author: User = batched(posts.authors, "The author of the post.")
    caption: str = attribute(
        "Caption of the post, at most 2,200 characters; may be empty.", max_bytes=bounds.CAPTION_BYTES
    )
    hashtags: list[str] = derived(
        posts.hashtags,
        "Hashtags as written in the caption, without '#', in order of appearance.",
        at_most(bounds.HASHTAGS) | up_to_bytes(bounds.HASHTAG_BYTES),
    )
    mentions: list[User] = batched(
        posts.mentions,
        "Users mentioned in the caption with '@', in order of appearance. Users that the viewer may not "
        "see are excluded.",
        at_most(bounds.MENTIONS),
    )
    location: Location | None = attribute("The location of the post. Null when the author gave none.")
    media: list[Media] = attribute(
        "Processed photos and videos of the post, in the author's order. 1 to 10 items once `status` is "
        "PUBLISHED; fewer while media are being processed.",
        at_most=bounds.MEDIA,
    )
    uploads: list[Upload] | None = batched(
        posts.uploads,
        "Uploads of the post's media, in the author's order. Visible to the author; null for everyone else.",
        at_most(bounds.MEDIA) | PRIVATE,
    )
    created_at: datetime = attribute(
        "Time of publication; before that, time of creation. Lists of posts are ordered by this time, then by ID."
    )
    edited_at: datetime | None = attribute(
        "Time at which the caption or location was last changed. Null when neither was changed."
    )
    like_count: int | None = batched(
        posts.like_counts,
        "Number of users who like the post. At most 2 seconds old. Users who block the viewer, or are "
        "blocked by the viewer, are not counted. Nullable for posts whose author hides the count; "
        "currently never null.",
    )
    comment_count: int = batched(
        posts.comment_counts,
        "Number of comments, including replies. At most 2 seconds old. Comments hidden from the viewer by "
        "a block are not counted.",
    )
    comments_disabled: bool = attribute("Whether commenting is disabled for everyone.")
    viewer_has_liked: bool = batched(
        posts.viewer_has_liked, "Whether the viewer likes the post. False when signed out."
    )
    viewer_has_saved: bool = batched(
        posts.viewer_has_saved, "Whether the viewer has saved the post. False when signed out."
    )
    likers: Connection[User] | None = batched(posts.likers, "Users who like the post, most recent first.", **paged())
    comments: Connection[Annotated["Comment", strawberry.lazy("schema.comments")]] | None = batched(
        comments.of_posts, "Top-level comments on the post, newest first.", **paged()
    )


@strawberry.type(description="A saved post with its cursor.")
class SavedPostEdge:
    node: Post = attribute("The post.")
    saved_at: datetime = derived(relationships.made_at, "Time at which the viewer saved the post.")
    cursor: str = cursor_field()


@strawberry.type(description="A page of saved posts, most recently saved first.")
class SavedPostConnection:
    edges: list[SavedPostEdge] = edges_field()
    nodes: list[Post] = nodes_field()
    page_info: PageInfo = page_info_field()


@strawberry.enum(
    description="The reason why a post is in the feed: the first of these values that applies, in the order listed "
    "here."
)
class FeedReason(Enum):
    OWN = strawberry.enum_value("OWN", description="The viewer is the author.")
    CLOSE = strawberry.enum_value("CLOSE", description="The viewer interacts with the author often.")
    POPULAR = strawberry.enum_value("POPULAR", description="The post has many reactions for its age.")
    RECENT = strawberry.enum_value("RECENT", description="The post is at most 1 hour old.")
    FOLLOWED = strawberry.enum_value(
        "FOLLOWED",
        description="The viewer follows the author. In the CHRONOLOGICAL order, all posts except the viewer's own have "
        "this reason.",
    )


@strawberry.type(description="A post in the feed, with its cursor.")
class FeedEdge:
    node: Post = attribute("The post.")
    cursor: str = cursor_field()
    reason: FeedReason = derived(feed.reasons, "The reason why the post is in the feed.")


@strawberry.type(description="A page of the feed.")
class FeedConnection:
    edges: list[FeedEdge] = edges_field()
    nodes: list[Post] = nodes_field()
    page_info: PageInfo = page_info_field()


@strawberry.enum(description="Sort order of the feed.")
class FeedOrder(Enum):
    RANKED = strawberry.enum_value(
        "RANKED",
        description="Ranked by predicted relevance to the viewer. The order is computed when the first page is read, "
        "and later pages keep it. It covers about 500 posts; older posts follow in chronological order. An "
        "order expires when it has not been read for 30 minutes, or when the first page was read 4 more "
        "times. Pagination then continues in chronological order, below the earliest post already "
        "received.",
    )
    CHRONOLOGICAL = strawberry.enum_value("CHRONOLOGICAL", description="By time of publication, newest first.")
