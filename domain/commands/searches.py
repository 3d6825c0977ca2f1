"""Commands for the search history."""

from collections.abc import Sequence

from domain.rows import Row
from domain.search import history, wording
from domain.viewer.viewer import Viewer
from kit.text import Mistakes


async def record_search(
    viewer: Viewer, query: str, *, item: Row | None, is_item_missing: bool, position: int | None
) -> None:
    """Add a search to the viewer's history, with the result that they opened, if any.

    `is_item_missing` says that they named a result which they cannot see. `position` is its place in the list, from 0.
    """
    mistakes = Mistakes()
    query = mistakes.text(query, "The search text", wording.MAX_QUERY, "query", required=True)
    if is_item_missing:
        mistakes.add("NOT_FOUND", "The search result does not exist, or you cannot see it.", "itemId")
    if position is not None and position < 0:
        mistakes.add("INVALID", "The position must be 0 or greater.", "position")
    mistakes.check()
    tag, id = (item.TAG, item.id) if item else (0, 0)
    await history.record(await viewer.writable(), viewer.require_id(), query, tag, id)


async def delete_searches(viewer: Viewer, ids: Sequence[int] | None) -> None:
    """Delete entries of the viewer's history: these, or all of them."""
    await history.forget(await viewer.writable(), viewer.require_id(), ids)


async def set_saves_searches(viewer: Viewer, *, enabled: bool) -> None:
    """Turn the viewer's search history on; or turn it off and delete it."""
    await history.set_saves(await viewer.writable(), viewer.require_id(), enabled=enabled)
