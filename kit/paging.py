"""Pages of lists that grow. A page has the attributes of a Relay connection, so nothing is converted on the way out."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from kit.cursor import Cursors, Position
from kit.errors import BadUserInput

MAX_FIRST = 100
ROUNDS = 4
WINDOW = 50

T = TypeVar("T")
K = TypeVar("K")


@dataclass(frozen=True)
class Request:
    """The page that a client asks for: at most `first` items after the position `after`."""

    first: int
    after: Position | None
    seal: Callable[[Position], str]

    @property
    def before_id(self) -> int:
        """In a list ordered by falling ids: the id that the page stays below."""
        return self.after[0] if self.after else 2**63 - 1

    @property
    def after_id(self) -> int:
        """In a list ordered by rising ids: the id that the page stays above."""
        return self.after[0] if self.after else 0

    def split(self, owners: Sequence[int], rows: Iterable[tuple[int, Position, int]]) -> list["Found"]:
        """(owner, place, key) of `first + 1` items each at most, in order: what was found for each owner."""
        found: dict[int, list[tuple[Position, int]]] = {}
        for owner, place, key in rows:
            found.setdefault(owner, []).append((place, key))
        lists = (found.get(owner, []) for owner in owners)
        return [(items[: self.first], len(items) > self.first) for items in lists]


Begun = tuple[list[tuple[Position, T]], Position | None, bool]
"""The visible items found so far, the position of the scan, and whether there may be more."""

Found = tuple[list[tuple[Position, int]], bool]
"""Places and keys of one list, in order, and whether there are more."""


def request(cursors: Cursors, scope: Sequence[object], first: int, after: str | None) -> Request:
    """Check `first` (1 to 100) and decrypt `after`, which is bound to `scope`: the list, its arguments and its viewer.

    Raises BadUserInput.
    """
    if not 1 <= first <= MAX_FIRST:
        raise BadUserInput(f"`first` must be between 1 and {MAX_FIRST}.")
    name = repr(tuple(scope)).encode()
    position = cursors.open(name, after) if after is not None else None
    return Request(first, position, lambda position: cursors.seal(name, position))


@dataclass(frozen=True)
class Edge(Generic[T]):
    """An item with its place in the list."""

    node: T
    position: Position
    seal: Callable[[Position], str]

    @property
    def cursor(self) -> str:
        """Encrypted only on demand."""
        return self.seal(self.position)


@dataclass(frozen=True)
class Page(Generic[T]):
    """The visible items of a part of a list, and the position where the scan ended (None if it found nothing)."""

    request: Request
    items: Sequence[tuple[Position, T]]
    has_next_page: bool
    end: Position | None

    @cached_property
    def edges(self) -> list[Edge[T]]:
        """Items with their cursors."""
        return [Edge(node, position, self.request.seal) for position, node in self.items]

    @cached_property
    def nodes(self) -> list[T]:
        """Items alone."""
        return [node for _, node in self.items]

    @property
    def page_info(self) -> "Page[T]":
        """The page itself: it also has the attributes of `pageInfo`."""
        return self

    @property
    def has_previous_page(self) -> bool:
        """Lists are read forwards only: there are items before every page with a cursor."""
        return self.request.after is not None

    @property
    def start_cursor(self) -> str | None:
        """Of the first visible item."""
        return self.request.seal(self.items[0][0]) if self.items else None

    @property
    def end_cursor(self) -> str | None:
        """The position of the scan, even if every item was hidden; at the end of the list, the last visible item."""
        end = self.end if self.has_next_page else self.items[-1][0] if self.items else None
        return self.request.seal(end) if end else None


async def fill(
    request: Request,
    candidates: Callable[[Position | None, int], Awaitable[Sequence[tuple[Position, K]]]],
    hydrate: Callable[[Sequence[K]], Awaitable[Sequence[T | None]]],
    begun: Begun[T] | None = None,
) -> Page[T]:
    """Return a page of the items that `hydrate` returns, refilled at most three times if it hides many.

    `candidates(after, limit)` gives positions and keys after a position, in order; fewer than `limit` means no more.
    There is a next page only if it has a visible item: hidden items must not be revealed by an empty page.
    """
    items, after, more = begun or ([], request.after, True)
    for number in range(1 if begun else 0, ROUNDS):
        wanted = request.first + 1 - len(items)
        if not more or wanted <= 0:
            break
        limit = max(wanted, WINDOW) if number else wanted
        found = await candidates(after, limit)
        more = len(found) >= limit
        if found:
            nodes = await hydrate([key for _, key in found])
            items += [(place, node) for (place, _), node in zip(found, nodes, strict=True) if node is not None]
            after = found[-1][0]
    if len(items) > request.first:
        return Page(request, items[: request.first], True, items[request.first - 1][0])
    return Page(request, items, more, after)
