"""What one request may ask for, told from its text alone: how large a document is, and how dear.

Both are computed over fragments once each, so a document that spreads fragments in fragments costs no more to refuse
than to read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    visit,
)

from kit.errors import QueryTooComplex

_INTROSPECTION_LISTS = {"fields", "interfaces", "possibleTypes", "inputFields"}


@dataclass(frozen=True)
class Bounds:
    """The largest a document may be. Depth and root fields are counted with fragments expanded, aliases as written."""

    tokens: int = 2000
    depth: int = 12
    introspection_depth: int = 16
    introspection_lists: int = 3
    aliases: int = 30
    root_fields: int = 20


def check(document: DocumentNode, bounds: Bounds) -> None:
    """Raise QueryTooComplex where `document` is larger than `bounds`. Needs no schema; validity is not assumed."""
    fragments = _fragments(document)
    aliases = _Aliases()
    visit(document, aliases)
    if aliases.count > bounds.aliases:
        raise QueryTooComplex(f"A document may have at most {bounds.aliases} aliases.")
    for operation in document.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        if _root_fields(operation.selection_set, fragments) > bounds.root_fields:
            raise QueryTooComplex(f"An operation may have at most {bounds.root_fields} root fields.")
        depth, introspection, lists = _depths(operation.selection_set, fragments)
        if depth > bounds.depth or introspection > bounds.introspection_depth:
            raise QueryTooComplex(f"A document may be at most {bounds.depth} fields deep.")
        if lists > bounds.introspection_lists:
            raise QueryTooComplex("Introspection may not go through its own lists again and again.")


class _Aliases(Visitor):
    count = 0

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.count += node.alias is not None


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


def _root_fields(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> int:
    seen: dict[str, int] = {}

    def count(selections: SelectionSetNode) -> int:
        total = 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                total += 1
            elif isinstance(node, InlineFragmentNode):
                total += count(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
                name = node.name.value
                if name not in seen:
                    seen[name] = 0  # a fragment that spreads itself is validation's to refuse
                    seen[name] = count(fragments[name].selection_set)
                total += seen[name]
        return total

    return count(selections)


def _depths(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> tuple[int, int, int]:
    """(depth, depth of introspection, lists of introspection within each other) of a selection set."""
    seen: dict[str, tuple[int, int, int]] = {}

    def measure(selections: SelectionSetNode) -> tuple[int, int, int]:
        deepest = (0, 0, 0)
        for node in selections.selections:
            if isinstance(node, FieldNode):
                found = within(node)
            elif isinstance(node, InlineFragmentNode):
                found = measure(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
                name = node.name.value
                if name not in seen:
                    seen[name] = (0, 0, 0)
                    seen[name] = measure(fragments[name].selection_set)
                found = seen[name]
            else:
                continue
            deepest = tuple(map(max, deepest, found))  # type: ignore[assignment]
        return deepest

    def within(node: FieldNode) -> tuple[int, int, int]:
        depth, introspection, lists = measure(node.selection_set) if node.selection_set else (0, 0, 0)
        name = node.name.value
        if name in ("__schema", "__type"):
            return 1, max(depth, introspection) + 1, lists
        return depth + 1, introspection, lists + (name in _INTROSPECTION_LISTS)

    return measure(selections)


@dataclass(frozen=True)
class Prices:
    """How cost is counted: a field costs 1 and multiplies what is below it.

    By `first` (or the length of a list of ids) where it has that argument; by `list_size` where it is a list whose
    length the document does not say, unless it is a part of a connection, whose field has multiplied already.
    """

    list_size: int = 3


Cost = Callable[[Mapping[str, Any]], int]


def price(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, prices: Prices) -> Cost:
    """What an operation of a valid document costs, as a function of its variables, whatever its fields return."""
    fragments = _fragments(document)
    root = schema.get_root_type(operation.operation)

    @cache
    def of_fragment(name: str, connected: bool) -> _Sum:
        fragment = fragments[name]
        on = schema.get_type(fragment.type_condition.name.value)
        return of_selections(fragment.selection_set, on, connected)  # type: ignore[arg-type]

    def of_selections(selections: SelectionSetNode, parent: GraphQLCompositeType, connected: bool) -> _Sum:
        total = _Sum()
        for node in selections.selections:
            if isinstance(node, FieldNode):
                add_field(total, node, parent, connected)
            elif isinstance(node, InlineFragmentNode):
                on = schema.get_type(node.type_condition.name.value) if node.type_condition else parent
                total.add(1, of_selections(node.selection_set, on, connected))  # type: ignore[arg-type]
            elif isinstance(node, FragmentSpreadNode):
                total.add(1, of_fragment(node.name.value, connected))
        return total

    def add_field(total: _Sum, node: FieldNode, parent: GraphQLCompositeType, connected: bool) -> None:
        total.known += 1
        definition = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None or node.selection_set is None:
            return  # __typename and its like, and leaves
        kind = get_named_type(definition.type)
        if is_leaf_type(kind) or not is_composite_type(kind):
            return
        times = _count(node, definition)
        if times is None:
            times = prices.list_size if _is_list(definition.type) and not connected else 1
        total.add(times, of_selections(node.selection_set, kind, "first" in definition.args))

    total = of_selections(operation.selection_set, root, False) if root else _Sum()
    defaults = _defaults(operation)
    return lambda variables: total.at(defaults | dict(variables), {})


class _Sum:
    """A number, as far as it is `known`, and what is to be multiplied by variables."""

    def __init__(self) -> None:
        self.known = 0
        self._products: list[tuple[int | _ByVariable, _Sum]] = []

    def add(self, times: "int | _ByVariable", inner: "_Sum") -> None:
        if isinstance(times, int) and not inner._products:
            self.known += times * inner.known
        else:
            self._products.append((times, inner))

    def at(self, given: Mapping[str, Any], seen: "dict[_Sum, int]") -> int:
        """The number for the variables `given`. Sums that are part of many are `seen` once."""
        if self not in seen:
            seen[self] = self.known + sum(
                (times if isinstance(times, int) else times.at(given)) * inner.at(given, seen)
                for times, inner in self._products
            )
        return seen[self]


@dataclass(frozen=True)
class _ByVariable:
    """As often as the value of a variable says; as `default` does where that is null, or not given."""

    name: str
    default: Any

    def at(self, given: Mapping[str, Any]) -> int:
        return _length(given.get(self.name, self.default), self.default)


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for definition in operation.variable_definitions or ():
        default = definition.default_value
        if isinstance(default, IntValueNode):
            values[definition.variable.name.value] = int(default.value)
        elif isinstance(default, ListValueNode):
            values[definition.variable.name.value] = list(default.values)
    return values


def _count(node: FieldNode, definition: Any) -> int | _ByVariable | None:
    """By what the field's arguments say it multiplies; None where they say nothing."""
    for name, argument in definition.args.items():
        if name != "first" and not _is_list(argument.type):
            continue
        default = argument.default_value if name == "first" else ()
        value: Any = default
        for written in node.arguments or ():
            if written.name.value == name:
                value = written.value
        if isinstance(value, VariableNode):
            return _ByVariable(value.name.value, default)
        return _length(value, default)
    return None


def _length(value: Any, default: Any) -> int:
    """How many items a value of `first`, or a list, speaks of."""
    if value is None or isinstance(value, NullValueNode):
        value = default
    if isinstance(value, IntValueNode):
        value = int(value.value)
    if isinstance(value, ListValueNode):
        value = value.values
    if isinstance(value, (int, float)):  # 100.0 is an Int to GraphQL
        return max(int(value), 1)
    return max(len(value), 1) if isinstance(value, (list, tuple)) else 1


def _is_list(kind: Any) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)
