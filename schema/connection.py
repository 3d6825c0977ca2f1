"""Relay connections. Their attributes are those of `kit.paging.Page`, which answers them."""

from typing import Generic, TypeVar

import strawberry

from schema import bounds
from schema.fields import attribute

T = TypeVar("T")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = attribute("Whether more comes after endCursor.")
    has_previous_page: bool = attribute("Whether something comes before this page.")
    start_cursor: str | None = attribute("The cursor of the first edge.", max_bytes=bounds.CURSOR_BYTES)
    end_cursor: str | None = attribute(
        "Where the page ends, even when everything on it was hidden.", max_bytes=bounds.CURSOR_BYTES
    )


@strawberry.type(description="An item of a list, and its place there.")
class Edge(Generic[T]):
    node: T = attribute("The item.")
    cursor: str = attribute("Its place in the list: pass it as `after`.", max_bytes=bounds.CURSOR_BYTES)


@strawberry.type(description="A page of a list that grows, newest first.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = attribute("The items with their cursors.", at_most=bounds.ITEMS_OF_PAGE)
    nodes: list[T] = attribute("The items alone.", at_most=bounds.ITEMS_OF_PAGE)
    page_info: PageInfo = attribute("Where this page stands.")
