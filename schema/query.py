import strawberry

from resolvers import devices, feed, nodes, places, users
from schema.fields import argument, paged, resolved
from schema.types.hashtag import Hashtag
from schema.types.node import Node
from schema.types.post import FeedConnection, FeedOrder
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
        ids=argument(list[strawberry.ID], "At most 100."),
    )
    viewer: Viewer | None = resolved(users.viewer, "Null when signed out.")
    user: User | None = resolved(users.user, "A person by name.", username=argument(str, "In any case of letters."))
    feed: FeedConnection | None = resolved(
        feed.home, "Posts by the viewer and by those they follow.", looks_ahead=True, **paged(), order=_ORDER
    )
    hashtag: Hashtag | None = resolved(
        places.hashtag,
        "A hashtag by name; null where the viewer sees nothing under it.",
        name=argument(str, "In any case of letters, with or without '#'."),
    )
    web_push_key: str | None = resolved(
        devices.web_push_key,
        "What a browser subscribes to push with, as `applicationServerKey`; null where that is not offered.",
    )
