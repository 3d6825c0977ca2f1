"""A list of each of many parents, a page at a time."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from domain.rows import Row
from kit.cursor import Position
from kit.errors import ApiError
from kit.paging import Page, Request
from resolvers.context import Context

T = TypeVar("T")
Found = tuple[list[tuple[Any, int]], bool]


async def pages(
    context: Context,
    name: str,
    parents: Sequence[Row],
    first: int,
    after: str | None,
    fetch: Callable[[Sequence[int], Request], Awaitable[list[Found]]],
    load: Callable[[Sequence[int]], Awaitable[Sequence[T | None]]],
) -> list[Page[T] | Exception]:
    """For each parent a page of its list `name`, or what is wrong with asking for it.

    `fetch` answers for many parents with (places and keys, are there more); `load` gives the rows of all their keys at
    once. A cursor belongs to one parent, so at most one has a position.
    """
    asked: dict[int, Request | Exception] = {}
    for parent in parents:
        try:
            asked[parent.id] = context.page((name, parent.global_id), first, after)
        except ApiError as error:
            asked[parent.id] = error
    good = {id: request for id, request in asked.items() if isinstance(request, Request)}
    found: dict[int, Found] = {}
    if good:
        found = dict(zip(good, await fetch(list(good), next(iter(good.values()))), strict=True))
    keys = list({key for places, _ in found.values() for _, key in places})
    rows = dict(zip(keys, await load(keys), strict=True)) if keys else {}

    def page(request: Request | Exception, id: int) -> Page[T] | Exception:
        if isinstance(request, Exception):
            return request
        places, more = found[id]
        items = [(_position(place), row) for place, key in places if (row := rows[key]) is not None]
        return Page(request, items, more, _position(places[-1][0]) if places else None)

    return [page(asked[parent.id], parent.id) for parent in parents]


def _position(place: Position | int) -> Position:
    return place if isinstance(place, tuple) else (place,)
