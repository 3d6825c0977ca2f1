"""Locations of posts."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.posts import rows
from resolvers import places
from schema import bounds
from schema.connection import Connection
from schema.fields import attribute, batched, paged, weighing
from schema.nodes import Node, node

if TYPE_CHECKING:
    from schema.posts import Post


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


@strawberry.input(description="A location.")
class LocationInput:
    name: str = attribute("Name of the location, 1 to 100 characters.")
    latitude: float | None = attribute(
        "Latitude in degrees, -90 to 90. Give both coordinates or neither.", default=None
    )
    longitude: float | None = attribute(
        "Longitude in degrees, -180 to 180. Give both coordinates or neither.", default=None
    )
