"""Pages of a list that each of many parents has."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from kit.cursor import Position
from kit.errors import ApiError
from kit.paging import Found, Page, Request, fill
from resolvers.context import Context

T = TypeVar("T")
Fetch = Callable[[Sequence[int], Request], Awaitable[Sequence[Found]]]
Load = Callable[[Sequence[int]], Awaitable[Sequence[T | None]]]


class Parent(Protocol):
    """An object that has lists."""

    @property
    def id(self) -> int:
        """The ID, unique among the parents of a list."""


P = TypeVar("P", bound=Parent)


async def pages(
    context: Context,
    name: str,
    parents: Sequence[P],
    first: int,
    after: str | None,
    fetch: Fetch,
    load: Load[T],
    may_list: Callable[[P], bool] = lambda parent: True,
) -> list[Page[T] | Exception]:
    """A page of the list `name` of each parent, or the error of the request; empty unless `may_list(parent)`.

    `fetch` returns (positions and keys, whether there are more) for many parents. `load` returns the rows of all keys
    at once, None for hidden ones. A page that becomes short is refilled, within a bound. A cursor belongs to one
    parent, so at most one parent has a position.
    """
    answers: dict[int, Page[T] | Exception] = {}
    asked: dict[int, Request] = {}
    for parent in parents:
        try:
            request = context.page((name, parent.id), first, after)
        except ApiError as error:
            answers[parent.id] = error
            continue
        if may_list(parent):
            asked[parent.id] = request
        else:
            answers[parent.id] = Page(request, [], False, None)
    if asked:
        await _answer(asked, answers, fetch, load)
    return [answers[parent.id] for parent in parents]


async def own_page(
    context: Context,
    name: str,
    first: int,
    after: str | None,
    fetch: Callable[[Request], Awaitable[Found]],
    load: Load[T],
) -> Page[T]:
    """A page of a list of the viewer, as `pages` returns it. Raises Unauthenticated, BadUserInput."""

    async def found(_: Sequence[int], request: Request) -> list[Found]:
        return [await fetch(request)]

    [page] = await pages(context, name, [context.require_access()], first, after, found, load)
    if isinstance(page, Exception):
        raise page
    return page


async def _answer(
    asked: dict[int, Request], answers: dict[int, Page[T] | Exception], fetch: Fetch, load: Load[T]
) -> None:
    """Fetch the first items of all lists together, one more than requested; refill short pages list by list."""
    some = next(iter(asked.values()))
    found = dict(zip(asked, await fetch(list(asked), replace(some, first=some.first + 1)), strict=True))
    keys = list({key for places, _ in found.values() for _, key in places})
    rows = dict(zip(keys, await load(keys), strict=True)) if keys else {}
    for id, request in asked.items():
        places, more = found[id]
        items = [(place, row) for place, key in places if (row := rows[key]) is not None]

        async def candidates(after: Position | None, limit: int, id: int = id) -> list[tuple[Position, int]]:
            [(places, _)] = await fetch([id], replace(some, after=after, first=limit))
            return places

        answers[id] = await fill(request, candidates, load, (items, places[-1][0] if places else None, more))
