"""The requested fields of the items of a connection, known before the items are fetched."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import FieldNode, FragmentDefinitionNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode
from graphql.utilities import value_from_ast_untyped

from kit.selection import Arguments, Asked


def asked_of_items(info: GraphQLResolveInfo[Any]) -> Asked:
    """Return the fields under `nodes` and `edges { node }` of the connection that is being resolved.

    Directives are ignored: the result may contain fields that are skipped.
    """
    asked: dict[str, list[Arguments]] = {}
    variables: Any = info.variable_values
    for connection in info.field_nodes:
        for field in _fields(connection.selection_set, info.fragments):
            if field.name.value == "nodes":
                items = [field]
            elif field.name.value == "edges":
                items = [inner for inner in _fields(field.selection_set, info.fragments) if inner.name.value == "node"]
            else:
                continue
            for item in items:
                for inner in _fields(item.selection_set, info.fragments):
                    asked.setdefault(inner.name.value, []).append(_arguments(inner, variables))
    return asked


def _fields(
    selections: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(selection.selection_set, fragments)
        else:
            yield from _fields(fragments[selection.name.value].selection_set, fragments)  # type: ignore[attr-defined]


def _arguments(field: FieldNode, variables: dict[str, Any]) -> Arguments:
    return {each.name.value: value_from_ast_untyped(each.value, variables) for each in field.arguments or ()}
