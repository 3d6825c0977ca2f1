from collections.abc import Callable
from typing import TypeVar

import strawberry

from domain.rows import Row
from kit.execution import instances_of
from schema.fields import attribute

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
