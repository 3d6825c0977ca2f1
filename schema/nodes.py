"""Objects of any type, by their IDs."""

from collections.abc import Callable
from typing import TypeVar

import strawberry

from domain.rows import Row
from kit.execution import instances_of
from resolvers import nodes
from schema import bounds
from schema.fields import argument, at_most, attribute, resolved

C = TypeVar("C", bound=type)


@strawberry.interface(description="An object with a globally unique ID.")
class Node:
    global_id: strawberry.ID = attribute("Globally unique, opaque ID; accepted by `node(id:)`.", name="id")


def node(row: type[Row], description: str) -> Callable[[C], C]:
    """Make a class the GraphQL type that rows of the class `row` answer."""

    def decorate(cls: C) -> C:
        cls.is_type_of = instances_of(row)  # type: ignore[attr-defined]
        return strawberry.type(cls, description=description)

    return decorate


@strawberry.type
class Query:
    node: Node | None = resolved(
        nodes.node,
        "The object with the given ID. Null when it does not exist, and when the viewer may not see it.",
        id=argument(strawberry.ID, "ID of an object of any type."),
    )
    nodes: list[Node | None] = resolved(
        nodes.nodes,
        "Objects with the given IDs, in the same order. An entry is null when the object does not exist, "
        "and when the viewer may not see it.",
        at_most(bounds.IDS_OF_NODES),
        ids=argument(list[strawberry.ID], "IDs of objects of any type, at most 100."),
    )
