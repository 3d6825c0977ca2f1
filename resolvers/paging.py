"""A list of each of many parents, a page at a time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from kit.errors import ApiError
from kit.paging import Found, Page, Request
from resolvers.context import Context

T = TypeVar("T")
Fetch = Callable[[Sequence[int], Request], Awaitable[Sequence[Found]]]
Load = Callable[[Sequence[int]], Awaitable[Sequence[T | None]]]

ROUNDS = 3


class Parent(Protocol):
    """Whatever has lists."""

    @property
    def id(self) -> int:
        """Unique among parents of the same list."""


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
    """For each parent a page of its list `name`, or what is wrong with asking for it; empty unless `may_list(parent)`.

    `fetch` answers for many parents with (places and keys, are there more); `load` gives the rows of all their keys at
    once, None for what is hidden. A page that this leaves short is refilled, within a bound. A cursor belongs to one
    parent, so at most one has a position.
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
        found = dict(zip(asked, await fetch(list(asked), next(iter(asked.values()))), strict=True))
        keys = list({key for places, _ in found.values() for _, key in places})
        rows = dict(zip(keys, await load(keys), strict=True)) if keys else {}
        for id, request in asked.items():
            places, more = found[id]
            items = [(place, row) for place, key in places if (row := rows[key]) is not None]
            page = Page(request, items, more, places[-1][0] if places else None)
            answers[id] = page if len(items) == first or not more else await _refilled(id, page, fetch, load)
    return [answers[parent.id] for parent in parents]


async def _refilled(id: int, page: Page[T], fetch: Fetch, load: Load[T]) -> Page[T]:
    """The page with what comes after it in the place of what was hidden."""
    items, more, end = list(page.items), page.has_next_page, page.end
    for _ in range(ROUNDS):
        wanted = page.request.first - len(items)
        if not more or not wanted:
            break
        # Asked for in full: what is hidden here is seldom alone.
        [(places, more)] = await fetch([id], replace(page.request, after=end))
        keys = list({key for _, key in places})
        rows = dict(zip(keys, await load(keys), strict=True))
        for n, (place, key) in enumerate(places):
            row, end = rows[key], place
            if row is not None:
                items.append((place, row))
            if len(items) == page.request.first:
                more = more or n + 1 < len(places)
                break
    return Page(page.request, items, more, end)
