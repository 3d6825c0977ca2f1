"""`fill` makes pages of a list in which some items are hidden. These tests need no database."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.cursor import Position
from kit.paging import ROUNDS, WINDOW, Page, Request, fill

shown_and_hidden = st.lists(st.booleans(), max_size=40)


class Items:
    """A list of numbers from 0; an item is visible where `visible` says so. Records what `fill` asks for."""

    def __init__(self, visible: Sequence[bool]) -> None:
        self.visible = visible
        self.limits: list[int] = []
        self.hydrated: list[int] = []

    async def candidates(self, after: Position | None, limit: int) -> list[tuple[Position, int]]:
        self.limits.append(limit)
        begin = after[0] + 1 if after else 0
        return [((key,), key) for key in range(begin, min(begin + limit, len(self.visible)))]

    async def hydrate(self, keys: Sequence[int]) -> list[int | None]:
        self.hydrated += keys
        return [key if self.visible[key] else None for key in keys]

    async def page(self, first: int, after: Position | None = None) -> Page[int]:
        self.limits, self.hydrated = [], []
        return await fill(Request(first, after, str), self.candidates, self.hydrate)

    def all_visible(self) -> list[int]:
        return [key for key, is_visible in enumerate(self.visible) if is_visible]


async def walk(items: Items, first: int) -> list[Page[int]]:
    """All pages."""
    pages = [await items.page(first)]
    while pages[-1].has_next_page:
        assert pages[-1].end is not None
        pages.append(await items.page(first, pages[-1].end))
    return pages


@given(shown_and_hidden, st.integers(1, 10))
async def test_pages_have_each_visible_item_once_and_in_order(visible: list[bool], first: int) -> None:
    items = Items(visible)
    pages = await walk(items, first)
    assert [node for page in pages for node in page.nodes] == items.all_visible()
    assert all(len(page.items) <= first for page in pages)


@given(shown_and_hidden, st.integers(1, 10))
async def test_short_lists_fill_each_page_but_the_last(visible: list[bool], first: int) -> None:
    """The list is shorter than WINDOW: the first refill reads all of it."""
    pages = await walk(Items(visible), first)
    assert all(len(page.items) == first for page in pages[:-1])
    assert pages[-1].items or len(pages) == 1, "a next page is announced only where it has something"


async def test_hidden_items_do_not_show_as_a_next_page() -> None:
    page = await Items([True, True, False]).page(2)
    assert (page.nodes, page.has_next_page) == ([0, 1], False)
    page = await Items([True, True, False, True]).page(2)
    assert (page.nodes, page.has_next_page, page.end) == ([0, 1], True, (1,))


async def test_first_query_reads_one_item_more_than_the_page_and_refills_read_a_window() -> None:
    items = Items([True] * 10)
    await items.page(4)
    assert (items.limits, items.hydrated) == ([5], [0, 1, 2, 3, 4])
    items = Items([False] * 5 + [True] * 200)
    assert (await items.page(4)).nodes == [5, 6, 7, 8]
    assert items.limits == [5, WINDOW]
    items = Items([False] * 101 + [True] * 200)
    assert (await items.page(100)).nodes == list(range(101, 201))
    assert items.limits == [101, 101], "a refill is at least what the page still needs"


async def test_page_ends_early_where_too_much_is_hidden() -> None:
    """The page is empty, says that more may follow, and the next one continues behind what was read."""
    items = Items([False] * 1000 + [True])
    page = await items.page(10)
    assert items.limits == [11] + [WINDOW] * (ROUNDS - 1)
    read = sum(items.limits)
    assert (page.nodes, page.has_next_page, page.end) == ([], True, (read - 1,))
    assert page.end_cursor == str((read - 1,))
    assert page.start_cursor is None
    await items.page(10, page.end)
    assert items.hydrated[0] == read
    assert [node for page in await walk(items, 10) for node in page.nodes] == [1000]


async def test_empty_list() -> None:
    items = Items([])
    page = await items.page(10)
    assert (page.nodes, page.has_next_page, page.end) == ([], False, None)
    assert (page.start_cursor, page.end_cursor, page.has_previous_page) == (None, None, False)
    assert items.limits == [11]
    assert items.hydrated == []


async def test_last_page_ends_at_its_last_visible_item() -> None:
    page = await Items([True, True, False, False]).page(10)
    assert (page.has_next_page, page.end_cursor, page.start_cursor) == (False, "(1,)", "(0,)")
    assert [edge.cursor for edge in page.edges] == ["(0,)", "(1,)"]


@pytest.mark.parametrize("size", [3, 4, 5])
async def test_list_as_long_as_a_page_or_one_longer(size: int) -> None:
    page = await Items([True] * size).page(4)
    assert len(page.nodes) == min(size, 4)
    assert page.has_next_page == (size > 4)


@given(shown_and_hidden, st.integers(1, 10), st.integers(0, 11))
async def test_page_that_has_been_begun_continues_where_that_stands(visible: list[bool], first: int, read: int) -> None:
    """A batched query has read the first `first + 1` candidates of many lists at once."""
    read = min(read, first + 1, len(visible))
    items = Items(visible)
    found: list[tuple[Position, int]] = [((key,), key) for key in range(read) if visible[key]]
    more = read < len(visible)
    begun = (found, (read - 1,) if read else None, more)
    page = await fill(Request(first, None, str), items.candidates, items.hydrate, begun)
    assert all(key >= read for key in items.hydrated), "nothing is read twice"
    assert page.nodes == (await items.page(first)).nodes
    everything = items.all_visible()
    assert page.nodes == everything[:first]
    assert page.has_next_page == (len(everything) > first)


def test_rows_of_several_lists_are_kept_apart() -> None:
    rows = [(owner, (10 * owner + n,), n) for n in range(3) for owner in (7, 9)] + [(8, (80,), 0)]
    found = Request(2, None, str).split([7, 8, 9, 10], rows)
    assert found == [
        ([((70,), 0), ((71,), 1)], True),
        ([((80,), 0)], False),
        ([((90,), 0), ((91,), 1)], True),
        ([], False),
    ]
    [(items, has_more)] = Request(3, None, str).split([7], [row for row in rows if row[0] == 7])
    assert (len(items), has_more) == (3, False)
