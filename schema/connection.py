"""Relay connections. Their attributes are those of `kit.paging.Page`, which answers them."""

from __future__ import annotations

from typing import Any, TypeVar

import strawberry

from schema.fields import attribute

T = TypeVar("T")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = attribute("Whether more comes after endCursor.")
    has_previous_page: bool = attribute("Whether something comes before this page.")
    start_cursor: str | None = attribute("The cursor of the first edge.")
    end_cursor: str | None = attribute("Where the page ends, even when everything on it was hidden.")


def connection(name: str, node: Any, module: str) -> tuple[type, type]:
    """The types `{name}Edge` and `{name}Connection` over the type `node` (a lazy reference will do)."""
    edge_type = type(
        f"{name}Edge",
        (),
        {
            "__annotations__": {"node": node, "cursor": str},
            "__module__": module,
            "node": attribute("The item."),
            "cursor": attribute("Its place in the list: pass it as `after`."),
        },
    )
    edge = strawberry.type(edge_type, description=f"An item of a {name}Connection.")
    connection_type = type(
        f"{name}Connection",
        (),
        {
            "__annotations__": {"edges": list[edge], "nodes": list[node], "page_info": PageInfo},  # type: ignore[valid-type]
            "__module__": module,
            "edges": attribute("The items with their cursors."),
            "nodes": attribute("The items alone."),
            "page_info": attribute("Where this page stands."),
        },
    )
    return edge, strawberry.type(connection_type, description="A page of a list that grows, newest first.")
