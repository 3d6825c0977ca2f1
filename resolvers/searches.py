"""Resolvers of the viewer's search history."""

from typing import TYPE_CHECKING

from domain.commands import searches as commands

if TYPE_CHECKING:
    from schema.searches import RecordSearchInput

from collections.abc import Sequence
from typing import Any

from domain.accounts.rows import User
from domain.accounts.tokens import Access
from domain.hashtags.rows import Hashtag
from domain.posts.rows import Location, Post
from domain.rows import Row, number_of
from domain.search import history
from domain.search.rows import PastSearch
from kit.errors import BadUserInput
from kit.ids import decode, encode
from resolvers.context import Context
from resolvers.nodes import MAX_NODES, node, nodes

ITEMS = frozenset(each.TAG for each in (User, Hashtag, Location, Post))


async def searches_of_viewer(
    context: Context, viewers: Sequence[Access], first: int
) -> list[list[PastSearch] | Exception]:
    """The most recent searches of the viewer."""
    if not 1 <= first <= history.MAX_ENTRIES:
        return [BadUserInput(f"`first` must be between 1 and {history.MAX_ENTRIES}.") for _ in viewers]
    return [await history.entries(context.services.db, viewer.user_id, first) for viewer in viewers]


async def saves_searches(context: Context, viewers: Sequence[Access]) -> list[bool]:
    """Whether the searches of each viewer are stored."""
    return await history.saves(context.services.db, [viewer.user_id for viewer in viewers])


async def items_of_past(context: Context, past: Sequence[PastSearch]) -> list[Row | None]:
    """The result that the viewer opened; None if there is none, or they can no longer see it."""
    found = await nodes(context, [encode(each.item_tag, each.item_id) for each in past if each.item_tag])
    items = iter(found)
    opened = [next(items) if each.item_tag else None for each in past]
    return [item if isinstance(item, User | Hashtag | Location | Post) else None for item in opened]


async def record_search(context: Context, input: "RecordSearchInput") -> dict[str, Any]:
    """Add a search to the viewer's history: {viewer}."""
    item = None
    if input.item_id is not None and decode(input.item_id)[0] in ITEMS:
        item = await node(context, input.item_id)
    is_missing = input.item_id is not None and item is None
    await commands.record_search(
        context.viewer, input.query, item=item, is_item_missing=is_missing, position=input.position
    )
    return {"viewer": context.access}


async def forget_searches(context: Context, ids: Sequence[str] | None) -> dict[str, Any]:
    """Delete entries of the viewer's history: {viewer}. Raises BadUserInput."""
    if ids is not None and len(ids) > MAX_NODES:
        raise BadUserInput(f"Too many IDs (limit: {MAX_NODES} per request).")
    wanted = None if ids is None else [number_of(PastSearch, id) for id in ids]
    await commands.delete_searches(context.viewer, wanted)
    return {"viewer": context.access}


async def set_saves_searches(context: Context, *, enabled: bool) -> dict[str, Any]:
    """Turn the viewer's history on; or turn it off and delete it: {viewer}."""
    await commands.set_saves_searches(context.viewer, enabled=enabled)
    return {"viewer": context.access}
