"""The home feed, and which of its posts were shown."""

from enum import Enum

import strawberry

from domain.limits import Budget
from resolvers import feed, impressions
from schema.connection import PageInfo, cursor_field, edges_field, nodes_field, page_info_field
from schema.fields import argument, attribute, derived, mutates, paged, resolved, subscribed
from schema.payload import Payload
from schema.permissions import signed_in
from schema.posts import Post


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


@strawberry.input(description="A post that was shown to the viewer in the feed.")
class ImpressionInput:
    post_id: strawberry.ID = attribute("ID of the post.")
    position: int = attribute("Position of the post in the feed, starting at 0.")
    order: FeedOrder = attribute("Sort order of the feed in which the post was shown.")


@strawberry.input(description="Posts that were shown to the viewer in the feed.")
class RecordImpressionsInput:
    impressions: list[ImpressionInput] = attribute(
        "1 to 100 impressions. Send them within a few seconds after the posts were shown."
    )


@strawberry.type(description="Result of recording impressions.")
class RecordImpressionsPayload(Payload):
    recorded: int | None = attribute(
        "Number of the given posts that had not been recorded for the viewer before.", default=None
    )


@strawberry.type
class Query:
    feed: FeedConnection | None = resolved(
        feed.home,
        "The home feed: posts by the viewer and by users whom the viewer follows and does not mute. Error "
        "UNAUTHENTICATED when signed out.",
        looks_ahead=True,
        **paged(),
        order=argument(FeedOrder | None, "Sort order of the feed. Default: RANKED.", FeedOrder.RANKED),
    )


@strawberry.type
class Mutation:
    record_impressions: RecordImpressionsPayload | None = mutates(
        impressions.record,
        RecordImpressionsPayload,
        "Records which feed posts were shown to the viewer, to improve ranking. Only the first time "
        "counts. The viewer's own posts, and posts that they may not see, are ignored.",
        signed_in,
        budget=Budget(1200, per=3600),
        input=argument(RecordImpressionsInput, "The posts that were shown."),
    )


@strawberry.type
class Subscription:
    feed_has_new: bool = subscribed(
        feed.watch,
        "True each time a newer post is available at the start of the viewer's feed; at most once in 5 "
        "seconds. Read the first page of `feed` again to get it.",
        signed_in,
    )
