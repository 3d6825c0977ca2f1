"""Relay connections. Their attributes are those of `kit.paging.Page`, which answers them.

The fields that every connection and edge has are described once, by the functions below.
"""

from typing import Any, Generic, TypeVar

import strawberry

from schema import bounds
from schema.fields import attribute

T = TypeVar("T")


@strawberry.type(description="Pagination information for a page of a list. Lists are read forward only.")
class PageInfo:
    has_next_page: bool = attribute(
        "Whether more items may follow this page. If true, pass `endCursor` as `after` to get the next page."
    )
    has_previous_page: bool = attribute("Whether items precede this page. True when `after` was given.")
    start_cursor: str | None = attribute(
        "Cursor of the first item on this page. Null when the page is empty.", max_bytes=bounds.CURSOR_BYTES
    )
    end_cursor: str | None = attribute(
        "Cursor of the end of this page, to pass as `after`. Items that the viewer may not see are skipped, so a page "
        "can have fewer items than requested, or none, while `hasNextPage` is true. Null when the page is empty and "
        "the list has ended.",
        max_bytes=bounds.CURSOR_BYTES,
    )


def edges_field() -> Any:
    """The field `edges` of a connection."""
    return attribute("Items with their cursors.", at_most=bounds.ITEMS_OF_PAGE)


def nodes_field() -> Any:
    """The field `nodes` of a connection."""
    return attribute("The same items as `edges`, without their cursors.", at_most=bounds.ITEMS_OF_PAGE)


def page_info_field() -> Any:
    """The field `pageInfo` of a connection."""
    return attribute("Pagination information for this page.")


def cursor_field() -> Any:
    """The field `cursor` of an edge."""
    return attribute("Cursor of this item, to pass as `after`.", max_bytes=bounds.CURSOR_BYTES)


@strawberry.type(description="An item of a list, with its cursor.")
class Edge(Generic[T]):
    node: T = attribute("The item.")
    cursor: str = cursor_field()


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = edges_field()
    nodes: list[T] = nodes_field()
    page_info: PageInfo = page_info_field()
