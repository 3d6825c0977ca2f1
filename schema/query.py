import strawberry

from resolvers import (
    devices,
    feed,
    messages,
    mls,
    nodes,
    notifications,
    places,
    search,
    stories,
    suggestions,
    trends,
    uploads,
    users,
)
from schema import bounds
from schema.connection import Connection
from schema.fields import PRIVATE, argument, at_most, paged, resolved, up_to_bytes, weighing
from schema.scalars import Long
from schema.types.hashtag import Hashtag, TrendingHashtagConnection
from schema.types.message import REQUESTS, Conversation
from schema.types.mls import MlsMessage
from schema.types.node import Node
from schema.types.notification import Notification
from schema.types.post import FeedConnection, FeedOrder
from schema.types.search import Search, SearchKind, Suggestion
from schema.types.story import StoryReel
from schema.types.upload import UploadConstraints
from schema.types.user import User, Viewer

_ORDER = argument(FeedOrder | None, "In which order.", FeedOrder.RANKED)


@strawberry.type(description="What can be read.")
class Query:
    node: Node | None = resolved(
        nodes.node,
        "Whatever has this id; null where the viewer sees nothing there.",
        id=argument(strawberry.ID, "An id of any type."),
    )
    nodes: list[Node | None] = resolved(
        nodes.nodes,
        "Same order and length as ids; null where there is none to see.",
        at_most(bounds.IDS_OF_NODES),
        ids=argument(list[strawberry.ID], "At most 100."),
    )
    viewer: Viewer | None = resolved(users.viewer, "Null when signed out.")
    user: User | None = resolved(users.user, "A person by name.", username=argument(str, "In any case of letters."))
    feed: FeedConnection | None = resolved(
        feed.home, "Posts by the viewer and by those they follow.", looks_ahead=True, **paged(), order=_ORDER
    )
    story_tray: Connection[StoryReel] | None = resolved(
        stories.tray,
        "Live stories of the viewer and of those they follow and do not mute: the viewer's first, then who has any "
        "that the viewer has not seen, then the newest. Later pages go on in the order of the first.",
        looks_ahead=False,
        **paged(30),
    )
    upload_constraints: list[UploadConstraints] | None = resolved(
        uploads.constraints,
        "What files are taken, so that clients can say so before they send.",
        at_most(bounds.KINDS_OF_MEDIA),
    )
    conversations: Connection[Conversation] | None = resolved(
        messages.inbox,
        "The viewer's conversations, that of the last message first.",
        PRIVATE,
        looks_ahead=False,
        **paged(),
        requests=REQUESTS,
    )
    notifications: Connection[Notification] | None = resolved(
        notifications.listed,
        "What the viewer was told of, the last that moved first.",
        PRIVATE,
        looks_ahead=False,
        **paged(),
    )
    hashtag: Hashtag | None = resolved(
        places.hashtag,
        "A hashtag by name; null where the viewer sees nothing under it.",
        name=argument(str, "In any case of letters, with or without '#'."),
    )
    trending_hashtags: TrendingHashtagConnection | None = resolved(
        trends.trending_hashtags,
        "Hashtags that many different users are using more than usual, fastest growth first. Renewed once a minute; at "
        "most 100. Pages of a list can be read for 30 minutes; after that, pagination continues in the current list.",
        looks_ahead=False,
        **paged(),
    )
    mls_messages: list[MlsMessage] | None = resolved(
        mls.messages,
        "What waits for a device, oldest first, about a MiB at a time; null where the viewer has no such device. "
        "Acknowledge it, and ask again.",
        at_most(bounds.MLS_MESSAGES) | PRIVATE,
        device_id=argument(strawberry.ID, "A device of the viewer's."),
        after=argument(Long | None, "What comes after this `sequence` alone.", 0),
        first=argument(int | None, "How many at most: 1 to 100.", 100),
    )
    typeahead: list[Suggestion] | None = resolved(
        suggestions.typeahead,
        "Autocomplete suggestions for a partial query, best match first. For an empty query: the viewer's most recent "
        "searches.",
        at_most(bounds.SUGGESTIONS) | weighing(4 * bounds.SEARCH_POINTS),
        query=argument(str | None, "Partial search text, at most 50 characters. The last word may be incomplete.", ""),
        first=argument(int | None, "Number of items to return, 1 to 20. Default: 8.", 8),
        kinds=argument(
            list[SearchKind] | None, "Kinds of results to suggest. If omitted or null: all kinds except POSTS.", None
        ),
    )
    search: Search | None = resolved(
        search.search,
        "Search results for a query, grouped by kind. Select only the fields for the tabs that are shown. Null when "
        "the query contains no searchable text.",
        query=argument(
            str,
            "Search text, 1 to 100 characters. A leading '#' restricts the search to hashtags, a leading '@' to users.",
        ),
    )
    web_push_key: str | None = resolved(
        devices.web_push_key,
        "What a browser subscribes to push with, as `applicationServerKey`; null where that is not offered.",
        up_to_bytes(bounds.KEY_BYTES),
    )
