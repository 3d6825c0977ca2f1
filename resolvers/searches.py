"""The search history of the viewer."""

from collections.abc import Sequence
from typing import Any

from domain.accounts.rows import User
from domain.accounts.tokens import Access
from domain.hashtags.rows import Hashtag
from domain.posts.rows import Location, Post
from domain.rows import Row, number_of
from domain.search import history, wording
from domain.search.rows import PastSearch
from kit.errors import BadUserInput
from kit.ids import decode, encode
from kit.text import Mistakes
from resolvers.context import Context
from resolvers.nodes import MAX_NODES, node, nodes

ITEMS = frozenset(each.TAG for each in (User, Hashtag, Location, Post))


async def searches_of_viewer(
    context: Context, viewers: Sequence[Access], first: int
) -> list[list[PastSearch] | Exception]:
    """The viewer's last searches."""
    if not 1 <= first <= history.MAX_ENTRIES:
        return [BadUserInput(f"`first` must be between 1 and {history.MAX_ENTRIES}.") for _ in viewers]
    return [await history.entries(context.services.db, viewer.user_id, first) for viewer in viewers]


async def saves_searches(context: Context, viewers: Sequence[Access]) -> list[bool]:
    """Whether the searches of each are kept."""
    return await history.saves(context.services.db, [viewer.user_id for viewer in viewers])


async def items_of_past(context: Context, past: Sequence[PastSearch]) -> list[Row | None]:
    """What the viewer opened; None for nothing, and where they do not see it any more."""
    found = await nodes(context, [encode(each.item_tag, each.item_id) for each in past if each.item_tag])
    items = iter(found)
    opened = [next(items) if each.item_tag else None for each in past]
    return [item if isinstance(item, User | Hashtag | Location | Post) else None for item in opened]


async def record_search(context: Context, input: Any) -> dict[str, Any]:
    """Put a search into the viewer's history. Raises UserErrors, BadUserInput."""
    viewer_id, mistakes = context.require_viewer(), Mistakes()
    query = mistakes.text(input.query, "The search text", wording.MAX_QUERY, "query", required=True)
    tag, number = 0, 0
    if input.item_id is not None:
        tag, number = decode(input.item_id)
        if tag not in ITEMS or await node(context, input.item_id) is None:
            mistakes.add("NOT_FOUND", "The search result does not exist, or you cannot see it.", "itemId")
    if input.position is not None and input.position < 0:
        mistakes.add("INVALID", "The position must be 0 or greater.", "position")
    mistakes.check()
    await history.record(context.services.db, viewer_id, query, tag, number)
    return {"viewer": context.access}


async def forget_searches(context: Context, ids: Sequence[str] | None) -> dict[str, Any]:
    """Delete entries of the viewer's history. Raises BadUserInput."""
    if ids is not None and len(ids) > MAX_NODES:
        raise BadUserInput(f"Too many IDs (limit: {MAX_NODES} per request).")
    wanted = None if ids is None else [number_of(PastSearch, id) for id in ids]
    await history.forget(context.services.db, context.require_viewer(), wanted)
    return {"viewer": context.access}


async def set_saves_searches(context: Context, enabled: bool) -> dict[str, Any]:
    """Turn the viewer's history on, or off and delete it. Raises UserErrors."""
    await history.set_saves(context.services.db, context.require_viewer(), enabled)
    return {"viewer": context.access}
