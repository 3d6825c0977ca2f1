"""Operations that a schema allows, drawn at random."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
)
from hypothesis import strategies as st

from tests.execution.inputs import Inputs, Values

INTROSPECTION = (
    "__schema { queryType { name } }",
    '__type(name: "Query") { name kind fields { name } }',
    "schema: __schema { directives { name } }",
)


@dataclass(frozen=True)
class Bounds:
    """How large a document becomes, at most."""

    fields: int = 30
    depth: int = 5
    fragments: int = 4
    only: Callable[[str], bool] | None = None
    """Which fields there are, by name; None for all."""
    roots: Callable[[str], bool] | None = None
    """Which of them may be at the root."""


@dataclass(frozen=True)
class Drawn:
    """A document, one of its operations, and two sets of variables for it. `fields` are those that are asked for."""

    text: str
    operation: str | None
    variables: dict[str, Any]
    other_variables: dict[str, Any]
    fields: frozenset[str]


@dataclass
class Scope:
    """The fields of one place of the answer: by key, what is asked with which arguments, and what is below."""

    fields: dict[str, tuple[str, str, "Scope"]] = field(default_factory=dict)
    written: dict[str, list[tuple[str, Any, "Scope"]]] = field(default_factory=dict)

    def takes(self, other: "Scope") -> bool:
        """Whether `other` can be merged into this."""
        return all(
            key not in self.fields or (self.fields[key][:2] == (asked, kind) and self.fields[key][2].takes(below))
            for key, (asked, kind, below) in other.fields.items()
        )

    def take(self, other: "Scope") -> None:
        """Merge `other` into this."""
        for key, (asked, kind, below) in other.fields.items():
            self.fields.setdefault(key, (asked, kind, Scope()))[2].take(below)


@dataclass(frozen=True)
class Fragment:
    on: GraphQLNamedType
    name: str
    text: str
    scope: Scope
    variables: frozenset[str]


class Writer(Inputs):
    """Writes one document."""

    def __init__(self, draw: Any, schema: GraphQLSchema, values: Values, bounds: Bounds) -> None:
        super().__init__(draw, values)
        self.schema = schema
        self.bounds = bounds
        self.left = bounds.fields
        self.fragments: list[Fragment] = []
        self.asked: set[str] = set()
        self._roots = (schema.query_type, schema.mutation_type, schema.subscription_type)

    def selections(self, kind: Any, scope: Scope, depth: int) -> str:
        """A selection set of `kind`, in braces."""
        parts: list[str] = []
        for _ in range(self.draw(st.integers(1, 5 if depth else 7))):
            if parts and self.left <= 0:
                break
            self.left -= 1
            how = self.draw(st.integers(0, 19))
            if how < 14:
                parts.append(self.field(kind, scope, depth))
            elif how < 16:
                parts.append(self.inline(kind, scope, depth))
            elif how < 18:
                parts.append(self.spread(kind, scope, depth) or "__typename")
            else:
                parts.append(self.again(kind, scope, depth) or f"__typename{self.directives()}")
        return f"{{ {' '.join(parts)} }}"

    def field(self, kind: Any, scope: Scope, depth: int) -> str:
        """One field; a leaf where it is deep enough."""
        leaves, things = _names(kind, self.bounds.only, self.bounds.roots if kind in self._roots else None)
        if depth >= self.bounds.depth or self.left <= 0:
            things = []
        names = things if things and (not leaves or self.chance(5)) else leaves
        if not names:
            return "__typename"
        name = self.draw(st.sampled_from(names))
        definition = kind.fields[name]
        asked, inner = name + self.arguments(definition.args), get_named_type(definition.type)
        key = name
        if (key in scope.fields and scope.fields[key][:2] != (asked, str(definition.type))) or self.chance(2):
            key = f"a{crc32(f'{asked} {definition.type}'.encode()) % 10**6}"
        self.asked.add(name)
        text = asked if key == name else f"{key}: {asked}"
        below = scope.fields.setdefault(key, (asked, str(definition.type), Scope()))[2]
        scope.written.setdefault(kind.name, []).append((text, inner, below))
        return self.below(text + self.directives(), inner, below, depth)

    def below(self, text: str, inner: Any, scope: Scope, depth: int) -> str:
        """The field with what is asked of it."""
        return text if is_leaf_type(inner) else f"{text} {self.selections(inner, scope, depth + 1)}"

    def again(self, kind: Any, scope: Scope, depth: int) -> str | None:
        """A field that has been asked for, once more, with something else below it."""
        written = scope.written.get(kind.name)
        if not written:
            return None
        text, inner, below = self.draw(st.sampled_from(written))
        return self.below(text + self.directives(), inner, below, depth)

    def inline(self, kind: Any, scope: Scope, depth: int) -> str:
        """An inline fragment, on a type that can be here or on none."""
        on = self.draw(st.sampled_from([None, *self.overlapping(kind)]))
        condition = f" on {on.name}" if on else ""
        return f"...{condition}{self.directives()} {self.selections(on or kind, scope, depth + 1)}"

    def spread(self, kind: Any, scope: Scope, depth: int) -> str | None:
        """A named fragment: one that there is, or a new one."""
        types = self.overlapping(kind)
        ready = [each for each in self.fragments if each.on in types and scope.takes(each.scope)]
        if ready and self.chance(6):
            fragment = self.draw(st.sampled_from(ready))
        elif len(self.fragments) < self.bounds.fragments and depth < self.bounds.depth:
            fragment = self.fragment(self.draw(st.sampled_from(types)), depth + 1)
            if not scope.takes(fragment.scope):
                self.fragments.remove(fragment)
                return None
        else:
            return None
        scope.take(fragment.scope)
        self.used |= fragment.variables | {f"...{fragment.name}"}
        return f"...{fragment.name}{self.directives()}"

    def fragment(self, on: Any, depth: int) -> Fragment:
        """Write a named fragment."""
        before, self.used = self.used, set()
        scope = Scope()
        text = self.selections(on, scope, depth)
        name = f"F{len(self.fragments)}{len(text)}"
        made = Fragment(on, name, f"fragment {name} on {on.name} {text}", scope, frozenset(self.used))
        self.used = before
        self.fragments.append(made)
        return made

    def overlapping(self, kind: Any) -> list[Any]:
        """Types that something of `kind` can be."""
        return _overlapping(self.schema, kind.name)

    def directives(self) -> str:
        """None, @skip or @include, or both."""
        if not self.chance(2):
            return ""
        text = ""
        for name in self.draw(st.sampled_from((("include",), ("skip",), ("skip", "include")))):
            value = self.draw(st.sampled_from(("true", "false", "$yes", "$no", "$maybe", "$perhaps")))
            if value.startswith("$"):
                kind, default = _CONDITIONS[value]
                exact = GraphQLNonNull(GraphQLBoolean) if "!" in kind else GraphQLBoolean
                self.declare(value[1:], kind + default, exact, "if", bool(default))
            text += f" @{name}(if: {value})"
        return text

    def operation(self, name: str, of: str) -> tuple[str, set[str]]:
        """An operation of this kind, without its head, and what it uses."""
        self.used = set()
        root = {
            "query": self.schema.query_type,
            "mutation": self.schema.mutation_type,
            "subscription": self.schema.subscription_type,
        }[of]
        if of == "subscription":
            directives, self.directives = self.directives, str  # type: ignore[method-assign]
            text = f"{{ {self.field(root, Scope(), 0)} }}"
            self.directives = directives  # type: ignore[method-assign]
        else:
            text = self.selections(root, Scope(), 0)
            if of == "query" and self.chance(1):
                text = f"{text[:-1]}{self.draw(st.sampled_from(INTROSPECTION))} }}"
        declared = ", ".join(self.variables[used[1:]].declaration for used in sorted(self.used) if used[0] == "$")
        return f"{of} {name}{f'({declared})' if declared else ''} {text}", self.used


# Null may be given for the last, which is an error of the field that it is in.
_CONDITIONS = {
    "$yes": ("Boolean!", " = true"),
    "$no": ("Boolean!", " = false"),
    "$maybe": ("Boolean!", ""),
    "$perhaps": ("Boolean", " = true"),
}


@cache
def _names(
    kind: GraphQLNamedType, only: Callable[[str], bool] | None, roots: Callable[[str], bool] | None
) -> tuple[list[str], list[str]]:
    """The fields of `kind` that are leaves, and those that are not."""
    fields: dict[str, GraphQLField] = getattr(kind, "fields", {})
    allowed = [name for name in sorted(fields) if (only is None or only(name)) and (roots is None or roots(name))]
    leaves = [name for name in allowed if is_leaf_type(get_named_type(fields[name].type))]
    return leaves, [name for name in allowed if name not in leaves]


@cache
def _overlapping(schema: GraphQLSchema, name: str) -> list[Any]:
    def possible(kind: Any) -> set[Any]:
        return set(schema.get_possible_types(kind) if is_abstract_type(kind) else (kind,))

    kinds = [schema.type_map[each] for each in sorted(schema.type_map) if not each.startswith("__")]
    mine = possible(schema.type_map[name])
    return [kind for kind in kinds if is_composite_type(kind) and mine & possible(kind)]


@st.composite
def documents(
    draw: st.DrawFn,
    schema: GraphQLSchema,
    kind: str = "query",
    values: Values = Values(),  # noqa: B008
    bounds: Bounds = Bounds(),
) -> Drawn:
    """Documents whose chosen operation is of this kind. Nearly all are valid: ask."""
    writer = Writer(draw, schema, values, bounds)
    count = 2 if writer.chance(1) else 1
    named = count > 1 or writer.chance(5)
    operations = [writer.operation(f"Op{n}" if named else "", kind) for n in range(count)]
    used = set().union(*(each for _, each in operations))
    fragments = [each.text for each in writer.fragments if f"...{each.name}" in used]
    chosen = draw(st.sampled_from(range(count)))
    return Drawn(
        "\n".join([text for text, _ in operations] + fragments),
        f"Op{chosen}" if count > 1 else None,
        writer.some_variables(operations[chosen][1]),
        writer.some_variables(operations[chosen][1]),
        frozenset(writer.asked),
    )
