import strawberry

from domain.limits import Budget
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
from schema.fields import PRIVATE, argument, at_most, page_size, paged, resolved, up_to_bytes, weighing
from schema.hashtags import Hashtag, TrendingHashtagConnection
from schema.messages import REQUESTS, Conversation
from schema.mls import MlsMessage
from schema.nodes import Node
from schema.notifications import Notification
from schema.posts import FeedConnection, FeedOrder
from schema.scalars import Long
from schema.search import Search, SearchKind, Suggestion
from schema.stories import StoryReel
from schema.uploads import UploadConstraints
from schema.users import User, Viewer

_ORDER = argument(FeedOrder | None, "Sort order of the feed. Default: RANKED.", FeedOrder.RANKED)


@strawberry.type(description="All queries.")
class Query:
    node: Node | None = resolved(
        nodes.node,
        "The object with the given ID. Null when it does not exist, and when the viewer may not see it.",
        id=argument(strawberry.ID, "ID of an object of any type."),
    )
    nodes: list[Node | None] = resolved(
        nodes.nodes,
        "Objects with the given IDs, in the same order. An entry is null when the object does not exist, "
        "and when the viewer may not see it.",
        at_most(bounds.IDS_OF_NODES),
        ids=argument(list[strawberry.ID], "IDs of objects of any type, at most 100."),
    )
    viewer: Viewer | None = resolved(users.viewer, "The signed-in user. Null when signed out.")
    user: User | None = resolved(
        users.user,
        "The user with the given username. Null when there is none, and when the viewer may not see the user.",
        username=argument(str, "Username. Letter case is ignored."),
    )
    feed: FeedConnection | None = resolved(
        feed.home,
        "The home feed: posts by the viewer and by users whom the viewer follows and does not mute. Error "
        "UNAUTHENTICATED when signed out.",
        looks_ahead=True,
        **paged(),
        order=_ORDER,
    )
    story_tray: Connection[StoryReel] | None = resolved(
        stories.tray,
        "Reels with live stories of the viewer and of users whom the viewer follows and does not mute. The "
        "viewer's own reel comes first, then reels with unseen stories, then the others; the newest first "
        "in each group. Later pages keep the order of the first page. Error UNAUTHENTICATED when signed "
        "out.",
        **paged(30),
    )
    upload_constraints: list[UploadConstraints] | None = resolved(
        uploads.constraints,
        "Requirements for uploaded files, one entry for each kind, so that clients can check files before "
        "uploading them.",
        at_most(bounds.KINDS_OF_MEDIA),
    )
    conversations: Connection[Conversation] | None = resolved(
        messages.inbox,
        "The viewer's conversations, most recent message first. Error UNAUTHENTICATED when signed out.",
        PRIVATE,
        **paged(),
        requests=REQUESTS,
    )
    notifications: Connection[Notification] | None = resolved(
        notifications.listed,
        "The viewer's notifications, most recently updated first. Error UNAUTHENTICATED when signed out.",
        PRIVATE,
        **paged(),
    )
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
    mls_messages: list[MlsMessage] | None = resolved(
        mls.messages,
        "Messages in the mailbox of an MLS device, oldest first, about 1 MiB per request. Acknowledge "
        "them, then request more. Null when the viewer has no such device. Error UNAUTHENTICATED when "
        "signed out.",
        at_most(bounds.MLS_MESSAGES) | PRIVATE,
        device_id=argument(strawberry.ID, "ID of an MLS device of the viewer."),
        after=argument(Long | None, "Return only messages with a `sequence` greater than this.", 0),
        first=page_size(100),
    )
    typeahead: list[Suggestion] | None = resolved(
        suggestions.typeahead,
        "Autocomplete suggestions for a partial query, best match first. For an empty query: the viewer's most recent "
        "searches.",
        at_most(bounds.SUGGESTIONS) | weighing(4 * bounds.SEARCH_POINTS),
        budget=Budget(120, per=60),
        query=argument(str | None, "Partial search text, at most 50 characters. The last word may be incomplete.", ""),
        first=page_size(8, most=20),
        kinds=argument(
            list[SearchKind] | None, "Kinds of results to suggest. If omitted or null: all kinds except POSTS.", None
        ),
    )
    search: Search | None = resolved(
        search.search,
        "Search results for a query, grouped by kind. Select only the fields for the tabs that are shown. Null when "
        "the query contains no searchable text.",
        budget=Budget(60, per=60),
        query=argument(
            str,
            "Search text, 1 to 100 characters. A leading '#' restricts the search to hashtags, a leading '@' to users.",
        ),
    )
    web_push_key: str | None = resolved(
        devices.web_push_key,
        "Public key of the server for Web Push, to pass to browsers as `applicationServerKey`. Null when "
        "the server does not offer Web Push.",
        up_to_bytes(bounds.KEY_BYTES),
    )
