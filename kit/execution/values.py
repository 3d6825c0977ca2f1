"""What compiled code asks of values: is this one as it should be? Where it cannot tell, it raises Deoptimize.

Then graphql-core is asked, and its word is final; so these checks may be stricter than it, never laxer.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from inspect import CORO_CREATED, getcoroutinestate, iscoroutine
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLAbstractType,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLString,
    Undefined,
)
from strawberry.execution import optimized_is_awaitable
from strawberry.types.base import has_object_definition

Value = Any
IsTypeOf = Callable[[Any, Any], bool]

MAX_CLASSES = 1000

# How Strawberry's own functions are called where nobody has given others. They go by the class of a value, but for what
# `_may_be_marked` tells.
_STRAWBERRYS_IS_TYPE_OF = "GraphQLCoreConverter.from_object.<locals>._get_is_type_of.<locals>.is_type_of"
_STRAWBERRYS_RESOLVE_TYPE = {
    "GraphQLCoreConverter.from_interface.<locals>._get_resolve_type.<locals>.resolve_type",
    "StrawberryUnion.get_type_resolver.<locals>._resolve_union_type",
}
_MARKS = ("__as_strawberry_type__", "__typename")

PLAIN: frozenset[type] = frozenset(
    {str, int, float, bool, bytes, datetime, date, time, timedelta, Decimal, UUID, list, tuple, dict, set, frozenset}
)
"""Classes of values that are what they are: neither promises, nor errors, nor signs that there is none."""

EXACT: dict[str, tuple[Any, str]] = {
    GraphQLString.name: (GraphQLString, "str"),
    GraphQLID.name: (GraphQLID, "str"),
    GraphQLBoolean.name: (GraphQLBoolean, "bool"),
    GraphQLInt.name: (GraphQLInt, "int"),
    GraphQLFloat.name: (GraphQLFloat, "float"),
}
"""For each scalar of the specification: its type, and the class whose values (within bounds) are sent as they are."""


class Deoptimize(Exception):
    """A value is not what compiled code knows how to complete."""


def instances_of(cls: type) -> IsTypeOf:
    """An `is_type_of` for a Strawberry type that is answered by instances of `cls`, whatever they hold."""

    def is_type_of(value: Any, info: Any) -> bool:
        return isinstance(value, cls)

    is_type_of.goes_by_class = True  # type: ignore[attr-defined]
    return is_type_of


def exactly(kind: GraphQLLeafType) -> str | None:
    """The name of the class whose values `kind` sends as they are: "str", "bool", "int", "float"; None of the rest."""
    same, name = EXACT.get(kind.name, (None, None))
    if same is kind:
        return name
    return "str" if getattr(kind, "coerce_output_value", None) is str else None


def leaf(kind: GraphQLLeafType) -> Callable[[Value], Any]:
    """A function that serializes a value of the type `kind`. It raises Deoptimize, or what the type raises."""
    coerce = kind.coerce_output_value
    assert coerce is not None

    def complete(value: Value) -> Any:
        if value.__class__ not in PLAIN and not _is_plain(value):
            raise Deoptimize
        sent = coerce(value)
        if sent is None or sent is Undefined:
            raise Deoptimize
        return sent

    return complete


def names_of(kind: GraphQLEnumType) -> dict[str, str]:
    """For those values of an enum that are strings: the name that is sent."""
    return {
        item.value: kind.coerce_output_value(item.value) for item in kind.values.values() if type(item.value) is str
    }


def items(value: Value) -> Iterable[Value]:
    """The value, which can be gone through more than once. Raises Deoptimize for all else."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    raise Deoptimize


def _is_plain(value: Value) -> bool:
    """Whether it is a value, and not a promise of one, an error, or a sign that there is none."""
    return not (value is None or value is Undefined or isinstance(value, Exception) or optimized_is_awaitable(value))


def dismiss(value: Value) -> None:
    """Nobody is going to await `value`."""
    if iscoroutine(value) and getcoroutinestate(value) == CORO_CREATED:
        value.close()


class Known(set[type]):
    """A cache of the Python classes whose instances were found to be of one object type."""

    def __init__(self, kind: GraphQLObjectType) -> None:
        super().__init__()
        self._is_type_of: Any = kind.is_type_of
        self._marked: set[type] = set()
        self._by_class = goes_by_class(kind)

    def admit(self, value: Value) -> None:
        """Return where `value` is of the type. Raises Deoptimize where it is not, or where that cannot be told."""
        cls = value.__class__
        if cls in self._marked:
            if not _is_marked(value):
                return
            raise Deoptimize
        if not self._by_class or not _is_plain(value) or _is_marked(value):
            raise Deoptimize
        if self._is_type_of is not None and not self._is_type_of(value, None):
            raise Deoptimize
        known = self._marked if self._is_type_of is not None and _may_be_marked(cls) else self
        if len(known) < MAX_CLASSES:
            set.add(known, cls)


class Kinds(dict[type, str]):
    """Which object type of an abstract type the instances of a class are of, as far as they have been met."""

    def __init__(self, schema: GraphQLSchema, kind: GraphQLAbstractType) -> None:
        super().__init__()
        self._schema = schema
        self._kind = kind
        self._marked: dict[type, str] = {}
        possible = schema.get_possible_types(kind)
        self._by_class = (
            getattr(kind.resolve_type, "__qualname__", None) in _STRAWBERRYS_RESOLVE_TYPE
            and all(map(goes_by_class, possible))
            and not any(_is_generic(each.extensions.get("strawberry-definition")) for each in possible)
        )

    def of(self, value: Value, info: GraphQLResolveInfo[Any]) -> str:
        """The name of the object type. Raises Deoptimize, or what Strawberry raises."""
        cls = value.__class__
        if cls in self._marked and not _is_marked(value):
            return self._marked[cls]
        if not self._by_class or not _is_plain(value) or _is_marked(value) or _has_generic_definition(value):
            raise Deoptimize
        resolve: Any = self._kind.resolve_type
        name = resolve(value, info, self._kind)
        found = self._schema.get_type(name) if isinstance(name, str) else None
        if not isinstance(found, GraphQLObjectType) or not self._schema.is_sub_type(self._kind, found):
            raise Deoptimize
        if found.is_type_of is not None and not found.is_type_of(value, info):
            raise Deoptimize
        known = self._marked if _may_be_marked(cls) else self
        if len(known) < MAX_CLASSES:
            known[cls] = found.name
        return found.name


def goes_by_class(kind: GraphQLObjectType) -> bool:
    """Whether `is_type_of` of the type says the same of all instances of a class that bear no mark."""
    is_type_of = kind.is_type_of
    return (
        is_type_of is None
        or getattr(is_type_of, "goes_by_class", False)
        or getattr(is_type_of, "__qualname__", None) == _STRAWBERRYS_IS_TYPE_OF
    )


def _may_be_marked(cls: type) -> bool:
    """Whether an instance can say of itself what it is, other instances of its class notwithstanding."""
    return cls.__dictoffset__ != 0 or any(hasattr(cls, mark) for mark in _MARKS) or hasattr(cls, "__getattr__")


def _is_marked(value: Value) -> bool:
    return hasattr(value, _MARKS[0]) or hasattr(value, _MARKS[1])


def _is_generic(definition: Any) -> bool:
    return definition is not None and (definition.is_graphql_generic or definition.concrete_of is not None)


def _has_generic_definition(value: Value) -> bool:
    return has_object_definition(value) and _is_generic(value.__strawberry_definition__)
