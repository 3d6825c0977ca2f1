"""Hashtags, and those that are trending."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.hashtags import rows
from resolvers import places, trends
from schema import bounds
from schema.connection import Connection, PageInfo, cursor_field, edges_field, nodes_field, page_info_field
from schema.fields import argument, at_most, attribute, batched, derived, paged, resolved, weighing
from schema.nodes import Node, node
from schema.scalars import Long

if TYPE_CHECKING:
    from schema.posts import Post


@node(rows.Hashtag, "A hashtag. The viewer can see it when they may see at least one of its newest posts.")
class Hashtag(Node):
    name: str = attribute(
        "Name without '#', as first written. Names that differ in case only are the same hashtag.",
        max_bytes=bounds.HASHTAG_BYTES,
    )
    post_count: Long = batched(
        places.post_counts, "Number of posts with this hashtag by public accounts. At most 2 seconds old."
    )
    posts: Connection[Annotated["Post", strawberry.lazy("schema.posts")]] | None = batched(
        places.posts_of_hashtags, "Posts with this hashtag, newest first.", **paged()
    )
    top_posts: Connection[Annotated["Post", strawberry.lazy("schema.posts")]] | None = batched(
        places.top_posts_of_hashtags,
        "Posts with this hashtag that received the most engagement, of the newest 500. Posts of the last 7 days come "
        "first. The order is at most 1 minute old, and the following pages keep it for 30 minutes.",
        weighing(bounds.RANKING_POINTS),
        **paged(),
    )


@strawberry.type(description="A trending hashtag with its cursor.")
class TrendingHashtagEdge:
    node: Hashtag = attribute("The hashtag.")
    cursor: str = cursor_field()
    people_today: int = derived(
        trends.people_today,
        "Number of different users who used the hashtag in the last 24 hours, rounded down to two significant digits.",
    )
    history: list[int] = derived(
        trends.history,
        "Number of different users of the hashtag on each of the last 7 days, oldest first. A day is 24 hours; "
        "the last one ends now. Suitable for a sparkline.",
        at_most(bounds.TREND_DAYS),
    )


@strawberry.type(description="A page of trending hashtags.")
class TrendingHashtagConnection:
    edges: list[TrendingHashtagEdge] = edges_field()
    nodes: list[Hashtag] = nodes_field()
    page_info: PageInfo = page_info_field()


@strawberry.type
class Query:
    hashtag: Hashtag | None = resolved(
        places.hashtag,
        "The hashtag with the given name. Null when the viewer may not see any of its newest posts.",
        name=argument(str, "Name of the hashtag, with or without '#'. Letter case is ignored."),
    )
    trending_hashtags: TrendingHashtagConnection | None = resolved(
        trends.trending_hashtags,
        "Hashtags that many different users are using more than usual, fastest growth first; at most 100. "
        "The list is updated every minute. Later pages keep the list of the first page for 30 minutes; "
        "then pagination continues in the current list.",
        **paged(),
    )
