"""What the hostile schema is about: rows that answer any field by its name, and the shapes that fields have."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NewType, Optional, get_args, get_origin

import strawberry
from graphql import GraphQLError

from tests.execution.faults import Color, Level, World
from tests.execution.fields import WAYS

Torn = NewType("Torn", str)
Void = NewType("Void", str)


def _tear(value: Any) -> str:
    if isinstance(value, str) and value.endswith("7"):
        raise GraphQLError(f"{value} is torn", extensions={"code": "TORN"})
    return f"torn {value}"


SCALARS: dict[Any, Any] = {
    Torn: strawberry.scalar(name="Torn", serialize=_tear, parse_value=str),
    Void: strawberry.scalar(name="Void", serialize=lambda value: None if value == "void" else value, parse_value=str),
}


@strawberry.input
class Filter:
    low: int = 0
    high: int | None = 9
    tags: list[str] | None = None
    color: Color = Color.RED
    inner: Optional["Filter"] = strawberry.UNSET
    level: Level | None = strawberry.UNSET


@strawberry.input(one_of=True)
class Choice:
    number: int | None = strawberry.UNSET
    text: str | None = strawberry.UNSET
    filter: Filter | None = strawberry.UNSET


@dataclass(frozen=True, eq=False)
class Row:
    """Answers any field by its name, from the world it is of."""

    world: World
    id: int

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"

    def read(self, name: str) -> Any:
        """The field `name`. May raise."""
        return self.world.read(name, self.id, MAKERS[BY_NAME[name]](self.world, (self.id, BY_NAME[name])))

    def __getattr__(self, name: str) -> Any:
        if name in BY_NAME:
            return self.read(name)
        raise AttributeError(f"{self!r} has no {name}")


class LeafRow(Row):
    pass


class TwigRow(LeafRow):
    pass


class TreeRow(Row):
    pass


class ShrubRow(TreeRow):
    pass


Key = tuple[object, ...]


def _lazily(name: str) -> Any:
    """The type of that name, which is made later."""
    return Annotated[name, strawberry.lazy("tests.execution.torture")]


LeafType, TreeType, SolidType = _lazily("Leaf"), _lazily("Tree"), _lazily("Solid")
ShellType, NamedType, DeepType = _lazily("Shell"), _lazily("Named"), _lazily("Deep")
EitherType = Annotated[
    LeafType | TreeType | SolidType | ShellType,
    strawberry.union("Either"),
]
MADE: dict[str, Any] = {}
"""Strawberry classes whose instances are their own rows."""


def leaf(world: World, key: Key) -> Any:
    return (TwigRow if world.number(*key, "twig") % 3 == 0 else LeafRow)(world, world.number(*key) % 1000)


def tree(world: World, key: Key) -> Any:
    return (ShrubRow if world.number(*key, "shrub") % 3 == 0 else TreeRow)(world, world.number(*key) % 1000)


def solid(world: World, key: Key) -> Any:
    return _with_attributes(MADE["Solid"], world, world.number(*key) % 1000)


def shell(world: World, key: Key) -> Any:
    return _with_attributes(MADE["Shell"], world, world.number(*key) % 1000)


def named(world: World, key: Key) -> Any:
    return (leaf, tree, shell)[world.number(*key, "named") % 3](world, key)


def either(world: World, key: Key) -> Any:
    return (leaf, tree, solid, shell)[world.number(*key, "either") % 4](world, key)


def some(make: Callable[[World, Key], Any], gaps: bool = False) -> Callable[[World, Key], Any]:
    """A list of up to three."""

    def several(world: World, key: Key) -> Any:
        if gaps and world.number(*key, "null") % 5 == 0:
            return None
        places = range(world.number(*key, "count") % 4)
        return [None if gaps and world.number(*key, n) % 4 == 0 else make(world, (*key, n)) for n in places]

    return several


def perhaps(make: Callable[[World, Key], Any]) -> Callable[[World, Key], Any]:
    """None, now and then."""
    return lambda world, key: None if world.number(*key, "null") % 4 == 0 else make(world, key)


def text(world: World, key: Key) -> str:
    return f"text {world.number(*key) % 1000}"


def number(world: World, key: Key) -> int:
    return world.number(*key) - 2**31


def when(world: World, key: Key) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=world.number(*key))


def one_of(*values: Any) -> Callable[[World, Key], Any]:
    return lambda world, key: values[world.number(*key, "which") % len(values)]


SHAPES: dict[str, tuple[Any, Callable[[World, Key], Any]]] = {
    "name": (str, text),
    "text": (str, text),
    "maybe_text": (str | None, perhaps(text)),
    "number": (int, number),
    "maybe_number": (int | None, perhaps(number)),
    "real": (float, lambda world, key: number(world, key) / 7),
    "maybe_real": (float | None, one_of(None, 1.5, 2, -0.0)),
    "truth": (bool, one_of(True, False)),
    "maybe_truth": (bool | None, one_of(True, False, None)),
    "key": (strawberry.ID, one_of("key", 7, "")),
    "color": (Color, one_of(Color.RED, Color.BLUE)),
    "maybe_color": (Color | None, one_of(Color.RED, "b", None)),
    "level": (Level | None, one_of(Level.LOW, 2)),
    "torn": (Torn | None, text),
    "void": (Void | None, one_of("filled", "void")),
    "when": (datetime, when),
    "texts": (list[str], some(text)),
    "maybe_texts": (list[str | None] | None, some(text, gaps=True)),
    "colors": (list[Color | None], some(one_of(Color.RED, Color.BLUE))),
    "torns": (list[Torn] | None, some(text)),
    "matrix": (list[list[int]], some(some(number))),
    "maybe_matrix": (list[list[int | None] | None] | None, some(some(number, gaps=True), gaps=True)),
    "cube": (list[list[list[Level]] | None], some(some(some(one_of(1, Level.HIGH))))),
}
THINGS: dict[str, tuple[Any, Callable[[World, Key], Any]]] = {
    "leaf": (LeafType, leaf),
    "maybe_leaf": (LeafType | None, perhaps(leaf)),
    "leaves": (list[LeafType], some(leaf)),
    "gappy_leaves": (list[LeafType | None], some(leaf, gaps=False)),
    "maybe_leaves": (list[LeafType | None] | None, some(leaf, gaps=True)),
    "grid": (list[list[LeafType]], some(some(leaf))),
    "maybe_grid": (list[list[LeafType | None] | None] | None, some(some(leaf, gaps=True), gaps=True)),
    "tree": (TreeType, tree),
    "maybe_tree": (TreeType | None, perhaps(tree)),
    "trees": (list[TreeType], some(tree)),
    "maybe_trees": (list[TreeType | None] | None, some(tree, gaps=True)),
}
ABSTRACT: dict[str, tuple[Any, Callable[[World, Key], Any]]] = {
    "named": (NamedType, named),
    "maybe_named": (NamedType | None, perhaps(named)),
    "nameds": (list[NamedType], some(named)),
    "maybe_nameds": (list[NamedType | None] | None, some(named, gaps=True)),
    "named_grid": (list[list[NamedType | None]], some(some(named, gaps=False))),
    "deep": (DeepType | None, leaf),
    "either": (EitherType, either),
    "maybe_either": (EitherType | None, perhaps(either)),
    "eithers": (list[EitherType], some(either)),
    "maybe_eithers": (list[EitherType | None] | None, some(either, gaps=True)),
    "either_grid": (list[list[EitherType] | None], some(some(either), gaps=True)),
    "solid": (SolidType, solid),
    "solids": (list[SolidType | None], some(solid)),
    "shell": (ShellType | None, perhaps(shell)),
}
MAKERS = {shape: make for shape, (_, make) in (SHAPES | THINGS | ABSTRACT).items()}
BY_NAME = {"name": "name", "id": "key"}
"""Shapes of fields by their names; `ways` adds to it."""


def ways(shapes: Mapping[str, tuple[Any, Any]], *names: str) -> dict[str, Any]:
    """What a class needs to have a field of each of these shapes, answered in each of the ways `names`, or in all."""
    annotations: dict[str, Any] = {}
    body: dict[str, Any] = {"__annotations__": annotations, "__module__": __name__}
    for shape, (kind, _) in shapes.items():
        for way in names or WAYS:
            if way == "hushed" and type(None) not in get_args(kind) and get_origin(kind) is not list:
                continue  # Strawberry allows it only where there can be nothing
            name = f"{shape}_{way}"
            BY_NAME[name] = shape
            annotations[name] = kind
            body[name] = WAYS[way](name, _reader(name), {})
    return body


def _reader(name: str) -> Callable[[Any], Any]:
    return lambda parent: parent.read(name)


def _with_attributes(kind: Any, world: World, id: int) -> Any:
    """An instance of a Strawberry class, with the attributes that can be read."""
    made = kind.__new__(kind)
    row = Row(world, id)
    made.row = row
    for name in (name for name in kind.__dataclass_fields__ if name == "name" or name.endswith("_attribute")):
        with contextlib.suppress(Exception):  # then it has none, which is an error of its own
            setattr(made, name, row.read(name))
    return made


class Made:
    """What the instances of Strawberry classes have in common."""

    @property
    def world(self) -> World:
        """The world they are of."""
        return self.row.world

    def read(self, name: str) -> Any:
        return self.row.read(name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.row.id}>"
