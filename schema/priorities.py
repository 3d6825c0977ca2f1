"""Priorities under overload, and how many places of the gate an operation takes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from graphql import (
    ArgumentNode,
    FieldNode,
    NullValueNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)

from kit.execution.document_store import Document
from kit.gate import Priority
from resolvers.context import Context

MAX_EXTRA_PLACES = 7
"""An operation that costs as much as one may cost holds so many places more than one that costs nothing."""

_cursors: WeakKeyDictionary[Document, tuple[bool, frozenset[str]]] = WeakKeyDictionary()


@asynccontextmanager
async def place(
    context: Context, document: Document, name: str | None, variables: Mapping[str, Any], cost: int
) -> AsyncIterator[None]:
    """A place in the gate of this process for an admitted operation. Entering it raises Overloaded."""
    operation = document.operation(name)
    assert operation is not None
    services = context.services
    importance = priority(context, document, operation, variables)
    async with services.gate.enter(importance, weight(cost, services.ceilings.points)) as held:
        # A query that asks for what only storage knows is a read like others: it keeps its place.
        if operation.operation is OperationType.MUTATION:
            with held.of_operation():
                yield
        else:
            yield


def priority(
    context: Context, document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Priority:
    """Mutations of signed-in viewers first, then their first pages, then later pages, then anonymous operations.

    A refused mutation is lost work; a page can be requested again. refreshSession needs no access token, and without
    it a signed-in viewer can do nothing. Signing in and up has the priority of an anonymous read: anyone can repeat it
    without limit.
    """
    is_mutation = operation.operation is OperationType.MUTATION
    if is_mutation and (context.access is not None or _only_refreshes(operation)):
        return Priority.CRITICAL
    if context.access is None:
        return Priority.LOW
    if operation.operation is OperationType.QUERY and _is_later_page(document, variables):
        return Priority.NORMAL
    return Priority.HIGH


def weight(cost: int, max_cost: int) -> int:
    """The places of the gate that an operation holds."""
    return 1 + round(MAX_EXTRA_PLACES * cost / max_cost)


def _only_refreshes(operation: OperationDefinitionNode) -> bool:
    return all(
        isinstance(field, FieldNode) and field.name.value == "refreshSession"
        for field in operation.selection_set.selections
    )


def _is_later_page(document: Document, variables: Mapping[str, Any]) -> bool:
    """Whether a cursor is given as `after` anywhere in the document."""
    found = _cursors.get(document)
    if found is None:
        visitor = _Cursors()
        visit(document.node, visitor)
        found = _cursors[document] = visitor.is_literal, frozenset(visitor.variables)
    is_literal, names = found
    return is_literal or any(variables.get(name) is not None for name in names)


class _Cursors(Visitor):
    """Collects the cursors of a document: literals and variables."""

    def __init__(self) -> None:
        super().__init__()
        self.is_literal = False
        self.variables: set[str] = set()

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Note the value of an `after`."""
        if node.name.value != "after":
            return
        if isinstance(node.value, VariableNode):
            self.variables.add(node.value.name.value)
        elif not isinstance(node.value, NullValueNode):
            self.is_literal = True
