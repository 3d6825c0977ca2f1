"""What may be meant by what somebody has typed so far."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from domain.accounts.rows import User
from domain.hashtags.rows import Hashtag
from domain.posts.rows import Post
from domain.rows import Row
from domain.search import history, wording
from domain.search.rows import PastSearch
from domain.search.wording import Match
from kit.errors import BadUserInput
from resolvers.context import Context
from resolvers.search import (
    Result,
    Search,
    find_hashtags,
    find_people,
    find_places,
    find_posts,
    is_there,
    match_of,
    merged,
)
from resolvers.searches import items_of_past

KINDS = ("PEOPLE", "HASHTAGS", "PLACES")
"""What is suggested unless other kinds are asked for."""
MAX_PARTIAL = 50
MAX_SUGGESTIONS = 20
RANKED = 32
"""How many people are ranked for a suggestion."""


@dataclass(frozen=True)
class Suggestion:
    """A text to search for, or what is meant by it."""

    text: str
    match: Match | None
    item: Row | None
    history_id: str | None = None

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """What of `text` matches."""
        return self.match.ranges if self.match else ()


async def typeahead(context: Context, query: str, first: int, kinds: Sequence[str] | None) -> list[Suggestion]:
    """Suggestions, the best first; for an empty query the viewer's last searches. Raises BadUserInput."""
    if not 1 <= first <= MAX_SUGGESTIONS:
        raise BadUserInput(f"`first` must be between 1 and {MAX_SUGGESTIONS}.")
    if not query.strip():
        return [Suggestion(past.query, None, item, past.global_id) for past, item in await _past(context, first)]
    found = wording.read(query, MAX_PARTIAL)
    if found is None or not await is_there(context):
        return []
    wanted, search = set(KINDS if kinds is None else kinds), Search(found)
    ways: dict[str, Callable[[], Awaitable[Sequence[Result[Any]]]]] = {
        "PEOPLE": partial(find_people, context, RANKED, search),
        "HASHTAGS": partial(find_hashtags, context, 2 * first, search),
        "PLACES": partial(find_places, context, 3 * first, None, search),
        "POSTS": partial(find_posts, context, first, None, search),
    }
    results = await asyncio.gather(*(find() for kind, find in ways.items() if kind in wanted))
    return [_suggestion(search, result) for result in merged([kind[:first] for kind in results])[:first]]


def _suggestion(search: Search, result: Result[Any]) -> Suggestion:
    row = result.row
    match row:
        case User():
            return Suggestion(row.username, match_of(search, "username", row.username), row)
        case Hashtag():
            text = f"#{row.name}"
            return Suggestion(text, match_of(search, "name", text), row)
        case Post():
            return Suggestion(result.match.text if result.match else "", result.match, row)
        case _:
            return Suggestion(row.name, result.match, row)


async def _past(context: Context, first: int) -> list[tuple[PastSearch, Row | None]]:
    """The viewer's last searches, with what they opened."""
    if not context.viewer_id:
        return []
    await context.require_live_session()
    past = await history.entries(context.services.db, context.viewer_id, first)
    return list(zip(past, await items_of_past(context, past), strict=True))
