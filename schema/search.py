"""Search for users, hashtags, locations and posts, and suggestions while the viewer types."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from domain.limits import Budget
from resolvers import search, suggestions
from schema import bounds
from schema.connection import PageInfo, cursor_field, edges_field, nodes_field, page_info_field
from schema.fields import argument, at_most, attribute, batched, page_size, paged, resolved, up_to_bytes, weighing
from schema.hashtags import Hashtag
from schema.places import Location
from schema.posts import Post
from schema.users import User


@strawberry.enum(description="Kinds of search results.")
class SearchKind(Enum):
    PEOPLE = strawberry.enum_value("PEOPLE", description="Users.")
    HASHTAGS = strawberry.enum_value("HASHTAGS", description="Hashtags.")
    PLACES = strawberry.enum_value("PLACES", description="Locations.")
    POSTS = strawberry.enum_value("POSTS", description="Posts.")


@strawberry.enum(description="Sort order of posts in search results.")
class SearchOrder(Enum):
    TOP = strawberry.enum_value("TOP", description="Ranked by engagement and age.")
    RECENT = strawberry.enum_value("RECENT", description="Newest first.")


@strawberry.input(description="Geographic coordinates of a point on Earth.")
class CoordinatesInput:
    latitude: float = strawberry.field(description="Latitude in degrees, -90 to 90.")
    longitude: float = strawberry.field(description="Longitude in degrees, -180 to 180.")


SearchItem = Annotated[
    User | Hashtag | Location | Post, strawberry.union("SearchItem", description="A search result of any kind.")
]


@strawberry.type(
    description="A range of a text to highlight, for example in bold. Offsets count characters (Unicode code points) "
    "from 0. The server returns no markup."
)
class TextRange:
    start: int = attribute("Offset of the first character in the range.")
    end: int = attribute("Offset after the last character in the range (exclusive).")


@strawberry.type(description="The reason why a search result matched the query.")
class Match:
    field: str = attribute(
        'Name of the field that matched, for example "displayName".', max_bytes=bounds.FIELD_NAME_BYTES
    )
    text: str = attribute("Text of the matching field, or an excerpt around the match.", max_bytes=bounds.MATCH_BYTES)
    ranges: list[TextRange] = batched(search.ranges, "Ranges of `text` that matched the query.", at_most(bounds.RANGES))
    typos: int = attribute("Number of letters that differ from the query, in the word that differs most: 0, 1 or 2.")


@strawberry.type(description="A search result with its cursor.")
class SearchEdge:
    node: SearchItem = attribute("The user, hashtag, location or post.")
    cursor: str = cursor_field()
    match: Match | None = attribute("The reason why this result matched the query.")


@strawberry.type(description="A page of search results of every kind.")
class SearchConnection:
    edges: list[SearchEdge] = edges_field()
    nodes: list[SearchItem] = nodes_field()
    page_info: PageInfo = page_info_field()


@strawberry.type(description="A user in search results, with a cursor.")
class FoundUserEdge:
    node: User = attribute("The user.")
    cursor: str = cursor_field()
    match: Match | None = attribute("The reason why this user matched the query.")
    followed_by: list[User] = batched(
        search.followed_by,
        "Up to 3 users whom the viewer follows and who follow this user.",
        at_most(bounds.FOLLOWED_BY),
    )


@strawberry.type(description="A page of users in search results.")
class FoundUserConnection:
    edges: list[FoundUserEdge] = edges_field()
    nodes: list[User] = nodes_field()
    page_info: PageInfo = page_info_field()


@strawberry.type(description="A hashtag in search results, with its cursor.")
class FoundHashtagEdge:
    node: Hashtag = attribute("The hashtag.")
    cursor: str = cursor_field()
    match: Match | None = attribute("The reason why this hashtag matched the query.")


@strawberry.type(description="A page of hashtags in search results.")
class FoundHashtagConnection:
    edges: list[FoundHashtagEdge] = edges_field()
    nodes: list[Hashtag] = nodes_field()
    page_info: PageInfo = page_info_field()


@strawberry.type(description="A location in search results, with its cursor.")
class FoundLocationEdge:
    node: Location = attribute("The location.")
    cursor: str = cursor_field()
    match: Match | None = attribute("The reason why this location matched the query.")
    distance_meters: float | None = attribute(
        "Distance from `near` in meters. Null when `near` was not given or the location has no coordinates."
    )


@strawberry.type(description="A page of locations in search results.")
class FoundLocationConnection:
    edges: list[FoundLocationEdge] = edges_field()
    nodes: list[Location] = nodes_field()
    page_info: PageInfo = page_info_field()


@strawberry.type(description="A post in search results, with its cursor.")
class FoundPostEdge:
    node: Post = attribute("The post.")
    cursor: str = cursor_field()
    match: Match | None = attribute("The reason why this post matched the query.")


@strawberry.type(description="A page of posts in search results.")
class FoundPostConnection:
    edges: list[FoundPostEdge] = edges_field()
    nodes: list[Post] = nodes_field()
    page_info: PageInfo = page_info_field()


@strawberry.type(
    description="Search results for one query. Each field runs a separate search; fields that are not selected cost "
    "nothing."
)
class Search:
    query: str = attribute(
        "The query that was searched for, normalized to Unicode NFC, without leading or trailing whitespace.",
        max_bytes=bounds.QUERY_BYTES,
    )
    did_you_mean: str | None = batched(
        search.did_you_mean,
        "Alternative query, set when the original query has few results and the alternative has more. Null otherwise.",
        up_to_bytes(bounds.QUERY_BYTES) | weighing(3 * bounds.SEARCH_POINTS),
    )
    top: SearchConnection | None = batched(
        search.top, "The best results of every kind.", weighing(5 * bounds.SEARCH_POINTS), **paged()
    )
    people: FoundUserConnection | None = batched(
        search.people,
        "Matching users: users the viewer follows first, then by text match and follower count. A private account that "
        "the viewer does not follow matches only its full username.",
        weighing(2 * bounds.SEARCH_POINTS),
        **paged(),
    )
    hashtags: FoundHashtagConnection | None = batched(
        search.hashtags,
        "Matching hashtags, ranked by text match and number of uses.",
        weighing(bounds.SEARCH_POINTS),
        **paged(),
    )
    places: FoundLocationConnection | None = batched(
        search.places,
        "Matching locations, ranked by text match, distance and number of uses.",
        weighing(bounds.SEARCH_POINTS),
        **paged(),
        near=argument(
            CoordinatesInput | None,
            "Coordinates of the viewer, used to rank by distance. They are not stored.",
            None,
        ),
    )
    posts: FoundPostConnection | None = batched(
        search.posts,
        "Posts of public accounts that match by text or by hashtag.",
        weighing(bounds.SEARCH_POINTS),
        **paged(),
        order=argument(SearchOrder | None, "Sort order of the posts.", SearchOrder.TOP),
        since=argument(datetime | None, "Return only posts published at or after this time.", None),
    )


@strawberry.type(description="An autocomplete suggestion for a partial query.")
class Suggestion:
    text: str = attribute("Text to insert into the search field.", max_bytes=bounds.MATCH_BYTES)
    ranges: list[TextRange] = batched(
        search.ranges, "Ranges of `text` that match what the user typed.", at_most(bounds.RANGES)
    )
    item: SearchItem | None = attribute(
        "The user, hashtag, location or post that is suggested. Null for a text-only suggestion."
    )
    history_id: strawberry.ID | None = attribute(
        "ID of the entry in the viewer's search history, to pass to `forgetSearches`. Null when the suggestion is not "
        "from the history."
    )


@strawberry.type
class Query:
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
