"""Search results: candidates from `domain/search`, rows from the loaders, pages of what the viewer may see."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Generic, Protocol, TypeVar

from domain.accounts.rows import User
from domain.hashtags.rows import Hashtag
from domain.posts.rows import Location, Post
from domain.search import finding, wording
from domain.search.finding import MAX_FOUND, Person
from domain.search.wording import Match, Wording
from domain.viewer.noun import load_known
from kit.cursor import Position
from kit.errors import ApiError, BadUserInput
from kit.paging import Edge, Page, Request, fill
from resolvers.context import Context
from resolvers.places import post_counts

T = TypeVar("T")

BEST_OF_KIND = 25
"""How many of each kind stand among the best of every kind."""
CONSIDERED = 60
"""Among how many of a kind another query is looked for."""


@dataclass(frozen=True)
class Search:
    """A query that has something to search for."""

    wording: Wording

    @property
    def query(self) -> str:
        """Its text."""
        return self.wording.text

    def wants(self, kind: str) -> bool:
        """Whether results of this kind are wanted: '#' and '@' restrict a query."""
        return {"#": kind in ("HASHTAGS", "POSTS"), "@": kind == "PEOPLE"}.get(self.wording.sigil, True)


@dataclass(frozen=True)
class Result(Generic[T]):
    """Something that was found, and how far it is from where the viewer said they are, in meters."""

    row: T
    find_match: Callable[[], Match | None]
    distance: float | None = None

    @cached_property
    def match(self) -> Match | None:
        """Why it was found; looked for when first asked, as a long text takes a while."""
        return self.find_match()


@dataclass(frozen=True)
class FoundEdge(Edge[T]):
    """An edge with what is known of the result."""

    found: Result[T]

    @property
    def match(self) -> Match | None:
        """Why it was found."""
        return self.found.match

    @property
    def distance_meters(self) -> float | None:
        """How far it is from where the viewer said they are."""
        return self.found.distance


@dataclass(frozen=True)
class FoundPage(Page[Result[T]]):
    """A page of results, whose nodes are their rows."""

    @property
    def edges(self) -> list[Edge[T]]:  # type: ignore[override]
        """Results with their cursors."""
        return [FoundEdge(found.row, position, self.request.seal, found) for position, found in self.items]

    @property
    def nodes(self) -> list[T]:  # type: ignore[override]
        """Rows alone."""
        return [found.row for _, found in self.items]


Pages = list[Page[Any] | Exception]


async def search(context: Context, query: str) -> Search | None:
    """The search for a query; None where nothing in it can be searched for. Raises BadUserInput."""
    found = wording.read(query)
    return Search(found) if found and await is_there(context) else None


async def is_there(context: Context) -> bool:
    """Whether the viewer is signed out, or their account is active: for one that is hidden nobody exists."""
    return not context.viewer_id or await context.viewer.users.by_id.load(context.viewer_id) is not None


async def _pages_of(
    context: Context,
    name: str,
    searches: Sequence[Search],
    find: Callable[[Search], Awaitable[list[Result[T]]]],
    first: int,
    after: str | None,
    *scope: object,
) -> Pages:
    """For each search a page of the ranked list that `find` gives."""

    async def page(each: Search) -> Page[Any] | Exception:
        try:
            request = context.page((f"search {name}", each.query, *scope), first, after)
        except ApiError as error:
            return error
        return _page(request, await find(each))

    return [await page(each) for each in searches]


def _page(request: Request, results: Sequence[Result[Any]]) -> Page[Any]:
    """The results beyond the cursor."""
    start = _start([found.row.id for found in results], request.after)
    items = [((rank, found.row.id), found) for rank, found in enumerate(results)][start : start + request.first]
    has_more = len(results) > start + request.first
    return FoundPage(request, items, has_more, items[-1][0] if items else None)


async def people(context: Context, searches: Sequence[Search], first: int, after: str | None) -> Pages:
    """For each search, a page of the people who match."""
    return await _pages_of(context, "people", searches, partial(find_people, context, MAX_FOUND), first, after)


async def find_people(context: Context, limit: int, search: Search) -> list[Result[User]]:
    """People who match, in order: `limit` of them are looked at, and whom the viewer follows besides."""
    if not search.wants("PEOPLE"):
        return []
    finder, viewer_id = context.services.finder, context.viewer_id
    ids = await finder.people(viewer_id, search.wording, limit)
    users = [user for user in await context.viewer.users.by_id.load_many(ids) if user is not None]
    shown = finding.ranked_people(search.wording, finding.shown_people(search.wording, users), {})
    friends = await finder.friends(viewer_id, [person.user.id for person in shown[: finding.FRIENDS_OF]])
    ranked: list[Person] = finding.ranked_people(search.wording, shown, friends)
    return [Result(person.user, partial(_known, person.match)) for person in ranked]


async def hashtags(context: Context, searches: Sequence[Search], first: int, after: str | None) -> Pages:
    """For each search, a page of the hashtags that match."""
    return await _pages_of(context, "hashtags", searches, partial(find_hashtags, context, MAX_FOUND), first, after)


async def find_hashtags(context: Context, limit: int, search: Search) -> list[Result[Hashtag]]:
    """Hashtags that match and have a post for the viewer, in order: `limit` of them are looked at."""
    if not search.wants("HASHTAGS"):
        return []
    ids = await context.services.finder.hashtags(search.wording, limit)
    rows = [row for row in await context.viewer.hashtags.by_id.load_many(ids) if row is not None]
    counts = await post_counts(context, rows)
    found = [
        Result(row, partial(match_of, search, "name", row.name))
        for row, count in zip(rows, counts, strict=True)
        if count
    ]
    return sorted(found, key=_by_match)


async def places(context: Context, searches: Sequence[Search], first: int, after: str | None, near: Any) -> Pages:
    """For each search, a page of the places that match, the nearer first where it is known from where."""
    if near is not None and not (abs(near.latitude) <= 90 and abs(near.longitude) <= 180):
        raise BadUserInput(
            "The latitude must be between -90 and 90 degrees, the longitude between -180 and 180 degrees."
        )
    find = partial(find_places, context, MAX_FOUND, near)
    scope = (near.latitude, near.longitude) if near else ()
    return await _pages_of(context, "places", searches, find, first, after, *scope)


async def find_places(context: Context, limit: int, near: Any, search: Search) -> list[Result[Location]]:
    """Places that match and have a post for the viewer, in order: `limit` of them are looked at."""
    if not search.wants("PLACES"):
        return []
    finder = context.services.finder
    ids = await finder.visible_places(context.viewer_id, await finder.places(search.wording, limit))
    rows = [row for row in await context.viewer.posts.location.load_many(ids) if row is not None]
    found = [Result(row, partial(match_of, search, "name", row.name), _distance(near, row)) for row in rows]
    if near is None:
        return sorted(found, key=_by_match)
    # Of places that match alike the nearer comes first, and those without coordinates last.
    return sorted(
        found,
        key=lambda each: (
            *_by_match(each),
            math.log2(1 + each.distance / 1000) if each.distance is not None else math.inf,
        ),
    )


def _distance(near: Any, place: Location) -> float | None:
    """In meters, on a sphere (the haversine formula)."""
    if near is None or place.latitude is None or place.longitude is None:
        return None
    a, b = math.radians(near.latitude), math.radians(place.latitude)
    across = math.sin(math.radians(place.longitude - near.longitude) / 2) ** 2
    chord = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * across
    return 2 * 6_371_009 * math.asin(math.sqrt(min(chord, 1)))


def _known(match: Match | None) -> Match | None:
    return match


def match_of(search: Search, field: str, text: str) -> Match | None:
    """How a text matches the query; None where it does not."""
    return wording.match(search.wording, field, text)


def _by_match(found: Result[Any]) -> tuple[object, ...]:
    """Fewer typos, then all of the text, then texts that begin so; sorting keeps the order of what is equal."""
    why = found.match
    is_whole = why is not None and why.ranges == ((0, len(why.text)),)
    return (why.typos if why else 3, not is_whole, not (why and why.begins))


async def posts(
    context: Context, searches: Sequence[Search], first: int, after: str | None, order: str, since: Any
) -> Pages:
    """For each search, a page of the posts that match: the best, or all from the newest on."""
    scope = (order, since.isoformat() if since else "")

    async def page(each: Search) -> Page[Any] | Exception:
        try:
            request = context.page(("search posts", each.query, *scope), first, after)
        except ApiError as error:
            return error
        if not each.wants("POSTS"):
            return FoundPage(request, [], False, None)
        finder = context.services.finder
        candidates: Callable[[Position | None, int], Awaitable[Sequence[tuple[Position, int]]]]
        if order == "TOP":
            candidates = partial(_ranked, await finder.posts(each.wording, since, MAX_FOUND))
        else:
            candidates = partial(finder.newest_posts, each.wording, since)
        found = await fill(request, candidates, partial(_shown_posts, context, each))
        return FoundPage(found.request, found.items, found.has_next_page, found.end)

    return [await page(each) for each in searches]


async def _ranked(ids: Sequence[int], after: Position | None, limit: int) -> Sequence[tuple[Position, int]]:
    """The next candidates of a ranked list: a rank and an ID, and the ID."""
    start = _start(ids, after)
    return [((rank, id), id) for rank, id in enumerate(ids)][start : start + limit]


def _start(ids: Sequence[int], after: Position | None) -> int:
    """Where a list continues after a rank and an ID. An item that has moved meanwhile is found by its ID."""
    if after is None:
        return 0
    rank, id = after
    return (ids.index(id) if id in ids else rank) + 1


async def find_posts(context: Context, limit: int, since: Any, search: Search) -> list[Result[Post]]:
    """Posts that match, by engagement and age: `limit` of them are looked at."""
    if not search.wants("POSTS"):
        return []
    ids = await context.services.finder.posts(search.wording, since, limit)
    return [found for found in await _shown_posts(context, search, ids) if found is not None]


async def _shown_posts(context: Context, search: Search, ids: Sequence[int]) -> list[Result[Post] | None]:
    """What strangers may see: posts of private accounts are not searched."""
    rows = await context.viewer.posts.by_id.load_many(ids)
    authors = await load_known(context.viewer.users.by_id, [row.author_id if row else None for row in rows])
    return [
        Result(row, partial(match_of, search, "caption", row.caption))
        if row and author and not author.is_private
        else None
        for row, author in zip(rows, authors, strict=True)
    ]


async def top(context: Context, searches: Sequence[Search], first: int, after: str | None) -> Pages:
    """For each search, a page of the best of every kind: by how well they match, then kind by kind in turn."""
    return await _pages_of(context, "top", searches, partial(_best, context), first, after)


async def _best(context: Context, search: Search) -> list[Result[Any]]:
    kinds: Sequence[list[Result[Any]]] = await asyncio.gather(
        find_people(context, BEST_OF_KIND, search),
        find_hashtags(context, BEST_OF_KIND, search),
        find_places(context, BEST_OF_KIND, None, search),
        find_posts(context, BEST_OF_KIND, None, search),
    )
    return merged([found[:BEST_OF_KIND] for found in kinds])


def merged(kinds: Sequence[Sequence[Result[Any]]]) -> list[Result[Any]]:
    """Those with fewer typos first, and among these the first of each kind, the second of each kind, and so on."""
    numbered = [
        (found.match.typos if found.match else 0, rank, kind, found)
        for kind, results in enumerate(kinds)
        for rank, found in enumerate(results)
    ]
    return [found for _, _, _, found in sorted(numbered, key=lambda each: each[:3])]


async def followed_by(context: Context, edges: Sequence[FoundEdge[User]]) -> list[list[User]]:
    """For each of these people, up to three whom the viewer follows and who follow them."""
    found = await context.services.finder.friends(context.viewer_id, [edge.node.id for edge in edges], 3)
    ids = list({id for friends in found.values() for id in friends})
    known = dict(zip(ids, await context.viewer.users.actors(ids), strict=True))
    return [[user for id in found.get(edge.node.id, ()) if (user := known[id]) is not None] for edge in edges]


async def did_you_mean(context: Context, searches: Sequence[Search]) -> list[str | None]:
    """For each search another query, where only results with typos were found."""
    answers: list[str | None] = []
    for each in searches:
        both = find_people(context, CONSIDERED, each), find_hashtags(context, CONSIDERED, each)
        kinds: Sequence[Sequence[Result[Any]]] = await asyncio.gather(*both)
        found = merged(kinds)
        why = found[0].match if found else None
        answers.append(wording.corrected(each.wording, why) if why and why.typos else None)
    return answers


class Ranged(Protocol):
    """What says which ranges of a text match."""

    @property
    def ranges(self) -> Sequence[tuple[int, int]]:
        """(start, end) of each."""


@dataclass(frozen=True)
class TextRange:
    """From `start`, before `end`, in code points."""

    start: int
    end: int


def ranges(context: Context, parents: Sequence[Ranged]) -> list[list[TextRange]]:
    """For each text, the ranges that match."""
    return [[TextRange(*each) for each in parent.ranges] for parent in parents]
