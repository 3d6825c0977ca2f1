"""Arguments and variables of documents, drawn at random."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    Undefined,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from hypothesis import strategies as st


@dataclass(frozen=True)
class Values:
    """What literals and variables hold: JSON values by the name of a scalar, or of an argument.

    The arguments `always` are written wherever they can be, as they are here.
    """

    scalars: Mapping[str, st.SearchStrategy[Any]] = field(default_factory=dict)
    arguments: Mapping[str, st.SearchStrategy[Any]] = field(default_factory=dict)
    always: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Variable:
    """A declared variable for the argument or input field `of`; it may be left out where `optional`."""

    declaration: str
    kind: GraphQLInputType
    of: str
    optional: bool


class Inputs:
    """Writes the arguments of one document, and declares its variables."""

    def __init__(self, draw: Any, values: Values) -> None:
        self.draw = draw
        self.values = values
        self.variables: dict[str, Variable] = {}
        self.used: set[str] = set()

    def chance(self, of_ten: int) -> bool:
        """True, `of_ten` times in ten; false is the simpler."""
        return bool(self.draw(st.integers(0, 9)) >= 10 - of_ten)

    def declare(self, name: str, declared: str, kind: Any, of: str, optional: bool) -> str:
        """Use the variable."""
        self.variables[name] = Variable(f"${name}: {declared}", kind, of, optional)
        self.used.add(f"${name}")
        return f"${name}"

    def arguments(self, definitions: Mapping[str, GraphQLArgument]) -> str:
        """Arguments in parentheses; those that need not be are often left out."""
        parts = []
        for name, definition in definitions.items():
            required = is_non_null_type(definition.type) and definition.default_value is Undefined
            if name in self.values.always:
                parts.append(f"{name}: {self.values.always[name]}")
            elif required or self.chance(4):
                parts.append(f"{name}: {self.value(definition.type, name, definition.default_value)}")
        return f"({', '.join(parts)})" if parts else ""

    def value(self, kind: Any, name: str, default: Any = Undefined, depth: int = 0, must: bool = False) -> str:
        """A value as it is written, which may be a variable; not null where it `must` not be."""
        if self.chance(3):
            return self.variable(kind, name, default, must)
        if is_non_null_type(kind):
            kind = kind.of_type
        elif not must and self.chance(2):
            return "null"
        if is_list_type(kind):
            if name in self.values.arguments and not is_list_type(kind.of_type):
                return _literal(self.draw(self.values.arguments[name]))
            if not is_list_type(kind.of_type) and self.chance(2):  # one item stands for a list
                return self.value(kind.of_type, name, depth=depth + 1, must=True)
            return f"[{', '.join(self.value(kind.of_type, name, depth=depth + 1) for _ in range(self._few()))}]"
        if isinstance(kind, GraphQLInputObjectType):
            return self.input(kind, depth)
        return self.constant(kind, name)

    def _few(self) -> int:
        return int(self.draw(st.integers(0, 2)))

    def input(self, kind: GraphQLInputObjectType, depth: int) -> str:
        """An input object as it is written."""
        if _is_one_of(kind):
            name = self.draw(st.sampled_from(sorted(kind.fields)))
            return f"{{ {name}: {self.value(kind.fields[name].type, name, depth=depth + 1, must=True)} }}"
        parts = []
        for name, each in kind.fields.items():
            required = is_non_null_type(each.type) and each.default_value is Undefined
            if required or (depth < 2 and self.chance(3)):
                parts.append(f"{name}: {self.value(each.type, name, each.default_value, depth + 1)}")
        return f"{{ {', '.join(parts)} }}"

    def variable(self, kind: Any, name: str, default: Any, must: bool) -> str:
        """A variable that may stand where a `kind` is."""
        nullable = kind.of_type if is_non_null_type(kind) else kind
        strict = is_non_null_type(kind) or must
        given = ""
        how = self.draw(st.integers(0, 4))
        if strict and not must and default is not Undefined and default is not None and how > 1:
            strict = False  # null may come, and is an error of the field
        elif not strict and how > 3:
            strict = True
        elif how == 2 and is_leaf_type(nullable):
            given = f" = {self.constant(nullable, name)}"
        declared = f"{nullable}{'!' * strict}{given}"
        key = f"v{crc32(f'{name} {declared}'.encode()) % 10**6}"
        exact = GraphQLNonNull(nullable) if strict else nullable
        return self.declare(key, declared, exact, name, not strict or bool(given))

    def constant(self, kind: Any, name: str) -> str:
        """A leaf as it is written."""
        if isinstance(kind, GraphQLEnumType):
            return str(self.draw(self.member(kind)))
        return _literal(self.draw(self.scalar(kind, name)))

    def member(self, kind: GraphQLEnumType) -> st.SearchStrategy[str]:
        """Names of the values of an enum."""
        return st.sampled_from(sorted(kind.values))

    def scalar(self, kind: Any, name: str) -> st.SearchStrategy[Any]:
        """JSON values of a scalar."""
        known = {**SCALARS, **self.values.scalars}
        return self.values.arguments[name] if name in self.values.arguments else known[kind.name]

    def sent(self, kind: Any, name: str, depth: int = 0, must: bool = False) -> Any:
        """A value as JSON, for a variable."""
        if is_non_null_type(kind):
            kind = kind.of_type
        elif not must and self.chance(2):
            return None
        if is_list_type(kind):
            if name in self.values.arguments and not is_list_type(kind.of_type):
                return self.draw(self.values.arguments[name])
            return [self.sent(kind.of_type, name, depth + 1) for _ in range(self._few())]
        if isinstance(kind, GraphQLInputObjectType):
            if _is_one_of(kind):
                chosen = self.draw(st.sampled_from(sorted(kind.fields)))
                return {chosen: self.sent(kind.fields[chosen].type, chosen, depth + 1, must=True)}
            return {
                key: self.sent(each.type, key, depth + 1)
                for key, each in kind.fields.items()
                if (is_non_null_type(each.type) and each.default_value is Undefined) or (depth < 2 and self.chance(3))
            }
        if isinstance(kind, GraphQLEnumType):
            return self.draw(self.member(kind))
        return self.draw(self.scalar(kind, name))

    def some_variables(self, used: set[str]) -> dict[str, Any]:
        """JSON for the variables among `used`."""
        return {
            name: self.sent(variable.kind, variable.of)
            for name, variable in sorted(self.variables.items())
            if f"${name}" in used and not (variable.optional and self.chance(3))
        }


SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Int": st.sampled_from((0, 1, 2, 3, -1, 2**31 - 1, -(2**31))),
    "Float": st.sampled_from((0, 1.5, -2.25, 1e20)),
    "String": st.sampled_from(("", "said", "seven 7", 'ünïcode \u2028 "quoted"')),
    "Boolean": st.booleans(),
    "ID": st.sampled_from(("1", "key", 7)),
}


def _is_one_of(kind: GraphQLInputObjectType) -> bool:
    """Whether exactly one field must be given, by graphql-core's word or by Strawberry's."""
    definition = kind.extensions.get("strawberry-definition")
    return kind.is_one_of or bool(definition and definition.is_one_of)


def _literal(value: Any) -> str:
    """JSON that is a scalar or a list of them, as GraphQL writes it."""
    return json.dumps(value)
