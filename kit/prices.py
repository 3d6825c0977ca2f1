"""The price of an operation: an upper bound for what it can return, computed from its text and variables alone.

Every list field declares how many items it can hold (`Bound`); a price multiplies by that, level by level, so no data
behind the schema can make an answer larger than its price. The model follows the static analysis of GitHub's and
Shopify's GraphQL APIs (https://shopify.engineering/rate-limiting-graphql-apis-calculating-query-complexity).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)

from kit.execution.limits import fragments_of

OBJECT = 10
"""Tenths of a point for an object in the answer."""

LEAF = 1
"""Tenths of a point for a scalar or enum value in the answer."""

FETCH = 10
"""Points for each field of the document that is fetched for all its parents together, however many these are."""

_DEFAULT_BYTES = {"Int": 11, "Float": 24, "Boolean": 5, "ID": 32, "DateTime": 26, "Date": 12, "Long": 17, "URL": 600}
_INTROSPECTION_BYTES = 120
_BOUND = "bound"
_BYTES = "max_bytes"
_WEIGHT = "weight"


@dataclass(frozen=True)
class Bound:
    """The largest number of items in a list: `most`, or the value (or length) of `argument` where it is given."""

    most: int
    argument: str | None = None


PAGE = Bound(0)
"""The bound of the items of a connection: the page size asked for by the field that returns the connection."""


class Price(NamedTuple):
    """The price of an operation.

    `items` is the weight of the objects and values that the answer can hold, `points` that and the fetches; `bytes` is
    the modelled size of the answer as JSON.
    """

    points: int
    bytes: int
    items: int


Pricing = Callable[[Mapping[str, Any]], Price]
"""The price of an operation as a function of its variables."""


def declared(bound: Bound | int | None, max_bytes: int | None) -> dict[str, Any]:
    """Field metadata that declares the bound of a list and the size of one of its values in bytes."""
    size = Bound(bound) if isinstance(bound, int) else bound
    return ({} if size is None else {_BOUND: size}) | ({} if max_bytes is None else {_BYTES: max_bytes})


def undeclared(schema: GraphQLSchema) -> list[str]:
    """Fields ("Type.field") that lack a declaration: lists without a bound, texts without a size."""
    missing = []
    for kind in schema.type_map.values():
        if not isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)) or kind.name.startswith("__"):
            continue
        for name, field in kind.fields.items():
            named: Any = get_named_type(field.type)
            has_size = is_composite_type(named) or isinstance(named, GraphQLEnumType) or named.name in _DEFAULT_BYTES
            if (_is_list(field.type) and _bound(field) is None) or not (has_size or _BYTES in _metadata(field)):
                missing.append(f"{kind.name}.{name}")
    return missing


def pricing(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Pricing:
    """The price of an operation of a valid document, whatever the data behind it."""
    return _Pricer(schema, document).operation(operation)


class _Pricer:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = fragments_of(document)
        self._of_fragment = cache(self._fragment)

    def operation(self, operation: OperationDefinitionNode) -> Pricing:
        root = self._schema.get_root_type(operation.operation)
        total = self._selections(operation.selection_set, root, 1, is_aggregate=False) if root else _Sum()
        defaults = _defaults(operation)

        def price(variables: Mapping[str, Any]) -> Price:
            tenths, size = total.at({**defaults, **variables}, {})
            items = -(-tenths // 10)
            return Price(items + FETCH * total.fetches, size, items)

        return price

    def _fragment(self, name: str, page: "Times", *, is_aggregate: bool) -> "_Sum":
        fragment = self._fragments[name]
        on = self._schema.get_type(fragment.type_condition.name.value)
        return self._selections(fragment.selection_set, on, page, is_aggregate=is_aggregate)

    def _selections(self, selections: SelectionSetNode, parent: Any, page: "Times", *, is_aggregate: bool) -> "_Sum":
        """What one object of `parent` costs, without itself.

        `page` is the page size where the object is a connection. `is_aggregate` for introspection below `types`, where
        the bound of a list is an average over all types.
        """
        total = _Sum()
        for node in selections.selections:
            if isinstance(node, FieldNode):
                self._field(total, node, parent, page, is_aggregate=is_aggregate)
            elif isinstance(node, InlineFragmentNode):
                on = self._schema.get_type(node.type_condition.name.value) if node.type_condition else parent
                total.add(1, self._selections(node.selection_set, on, page, is_aggregate=is_aggregate))
            elif isinstance(node, FragmentSpreadNode):
                total.add(1, self._of_fragment(node.name.value, page, is_aggregate=is_aggregate))
        return total

    def _field(self, total: "_Sum", node: FieldNode, parent: Any, page: "Times", *, is_aggregate: bool) -> None:
        name = node.name.value
        total.size += len((node.alias or node.name).value) + 6
        definition = self._schema.get_field(parent, name)
        if definition is None or name == "__typename":
            total.tenths += LEAF
            total.size += 32
            return
        metadata = _metadata(definition)
        if "batch" in metadata or "call" in metadata:
            total.fetches += 1
        kind: Any = get_named_type(definition.type)
        times: Times = 1
        if kind.name.startswith("__") or getattr(parent, "name", "").startswith("__"):
            times, is_aggregate = self._introspection(parent.name, name, is_aggregate=is_aggregate)
        elif _is_list(definition.type):
            bound = _bound(definition)
            times = page if bound is PAGE else _times(node, definition, bound) if bound else 1
        if node.selection_set is None:
            size = metadata.get(_BYTES) or _size_of(kind)
            total.add(times, _Sum(LEAF + 10 * metadata.get(_WEIGHT, 0), size + 1))
            return
        inner = _Sum(OBJECT, 3)
        next_page = _times(node, definition, Bound(1, "first")) if "first" in definition.args else 1
        inner.add(1, self._selections(node.selection_set, kind, next_page, is_aggregate=is_aggregate))
        total.add(times, inner)

    def _introspection(self, parent: str, name: str, *, is_aggregate: bool) -> "tuple[int, bool]":
        """How many items a field of introspection can have, and whether its selection is below `__schema.types`."""
        counts = _counts(self._schema)
        if name == "types":
            return counts["types"], True
        if name in counts:
            average, most = counts[name], counts[f"most {name}"]
            return (average, name == "fields") if is_aggregate else (most, False)
        return 1, False


class _Sum:
    """Tenths of a point and bytes: what is known of both, and what is to be multiplied by variables."""

    def __init__(self, tenths: int = 0, size: int = 0) -> None:
        self.tenths = tenths
        self.size = size
        self.fetches = 0
        self._products: list[tuple[Times, _Sum]] = []

    def add(self, times: "Times", inner: "_Sum") -> None:
        self.fetches += inner.fetches
        if isinstance(times, int) and not inner._products:
            self.tenths += times * inner.tenths
            self.size += times * inner.size
        else:
            self._products.append((times, inner))

    def at(self, given: Mapping[str, Any], seen: "dict[_Sum, tuple[int, int]]") -> tuple[int, int]:
        """Tenths and bytes for the variables `given`. Sums that are part of many are `seen` once."""
        if self not in seen:
            tenths, size = self.tenths, self.size
            for times, inner in self._products:
                number = times if isinstance(times, int) else times.at(given)
                inner_tenths, inner_size = inner.at(given, seen)
                tenths += number * inner_tenths
                size += number * inner_size
            seen[self] = tenths, size
        return seen[self]


@dataclass(frozen=True)
class _ByVariable:
    """The value, or length, of a variable; `default` where that is null or not given."""

    name: str
    default: int

    def at(self, given: Mapping[str, Any]) -> int:
        return _length(given.get(self.name), self.default)


Times = int | _ByVariable


def _times(node: FieldNode, definition: GraphQLField, bound: Bound) -> Times:
    """How many items the field can hold, as its arguments in the document say."""
    if bound.argument is None:
        return bound.most
    argument = definition.args[bound.argument]
    default = argument.default_value if isinstance(argument.default_value, int) else bound.most
    for written in node.arguments or ():
        if written.name.value == bound.argument:
            if isinstance(written.value, VariableNode):
                return _ByVariable(written.value.name.value, default)
            return _length(written.value, default)
    return default


def _length(value: Any, default: int) -> int:
    if value is None or isinstance(value, NullValueNode):
        return default
    if isinstance(value, IntValueNode):
        value = int(value.value)
    if isinstance(value, ListValueNode):
        value = value.values
    if isinstance(value, (int, float)):  # 100.0 is an Int to GraphQL
        return max(int(value), 1)
    return max(len(value), 1) if isinstance(value, (list, tuple)) else 1


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for definition in operation.variable_definitions or ():
        default = definition.default_value
        if isinstance(default, IntValueNode):
            values[definition.variable.name.value] = int(default.value)
        elif isinstance(default, ListValueNode):
            values[definition.variable.name.value] = list(default.values)
    return values


def _metadata(definition: GraphQLField) -> Mapping[str, Any]:
    field = definition.extensions.get("strawberry-definition")
    return getattr(field, "metadata", {})


def _bound(definition: GraphQLField) -> Bound | None:
    return _metadata(definition).get(_BOUND)


def _size_of(kind: Any) -> int:
    if isinstance(kind, GraphQLEnumType):
        return max(map(len, kind.values)) + 2
    return _DEFAULT_BYTES.get(kind.name, _INTROSPECTION_BYTES)


def _is_list(kind: Any) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


@cache
def _counts(schema: GraphQLSchema) -> dict[str, int]:
    """For each list of introspection: its average length over all types, rounded up, and ("most …") its longest."""
    types = list(schema.type_map.values())
    with_fields = [kind for kind in types if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType))]
    abstract: list[Any] = [kind for kind in types if is_abstract_type(kind)]
    lists: dict[str, list[int]] = {
        "fields": [len(kind.fields) for kind in with_fields],
        "inputFields": [len(kind.fields) for kind in types if isinstance(kind, GraphQLInputObjectType)],
        "enumValues": [len(kind.values) for kind in types if isinstance(kind, GraphQLEnumType)],
        "interfaces": [len(kind.interfaces) for kind in with_fields],
        "possibleTypes": [len(schema.get_possible_types(kind)) for kind in abstract],
    }
    counts = {"types": len(types), "directives": len(schema.directives), "locations": 20}
    counts |= {"most directives": counts["directives"], "most locations": 20}
    for name, lengths in lists.items():
        counts[name] = -(-sum(lengths) // len(types))
        counts[f"most {name}"] = max(lengths, default=0)
    arguments = [len(field.args) for kind in with_fields for field in kind.fields.values()]
    counts["args"] = -(-sum(arguments) // max(len(arguments), 1))
    counts["most args"] = max([*arguments, *(len(each.args) for each in schema.directives)], default=0)
    return counts
