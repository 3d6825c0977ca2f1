"""A schema in which every kind of field is answered in every way."""

from collections.abc import AsyncGenerator
from inspect import Parameter
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from kit.execution import instances_of
from tests.execution import rows
from tests.execution.faults import INSTEAD, RAISED, Color, Level, World
from tests.execution.fields import WAYS, Stopped, doing, streaming, telling
from tests.execution.rows import ABSTRACT, SCALARS, SHAPES, THINGS, Choice, Filter, LeafType, Made, Torn, ways

ECHOED: dict[str, tuple[Any, Any]] = {
    "text": (str, "said"),
    "number": (int | None, 5),
    "color": (Color, Color.RED),
    "filter": (Filter | None, strawberry.UNSET),
    "matrix": (list[list[int]] | None, strawberry.UNSET),
    "level": (Level | None, None),
    "choice": (Choice | None, strawberry.UNSET),
    "torn": (Torn | None, strawberry.UNSET),
}


def echo(parent: Any, **given: Any) -> str:
    """The arguments, as they arrive."""
    return repr((parent, sorted((key, value) for key, value in given.items() if value is not strawberry.UNSET)))


def chosen(parent: Any, filter: Filter) -> list[Any]:
    """Leaves, by an argument that must be given."""
    return [rows.leaf(parent.world, (repr(filter), n)) for n in range(max(0, min(filter.low, 3)))]


def echoes() -> dict[str, Any]:
    """What a class needs to have fields with arguments."""
    annotations: dict[str, Any] = {}
    body: dict[str, Any] = {}
    for way, make in WAYS.items():
        if way != "attribute":
            annotations |= {f"echo_{way}": str | None, f"chosen_{way}": list[LeafType] | None}
            body[f"echo_{way}"] = make(f"echo_{way}", echo, ECHOED)
            body[f"chosen_{way}"] = make(f"chosen_{way}", chosen, {"filter": (Filter, Parameter.empty)})
    return {"__annotations__": annotations, **body}


def tellings() -> dict[str, Any]:
    """What a class needs to have fields that answer by what they saw in `info`; things are numbered by it."""
    body: dict[str, Any] = {}
    for later in (False, True):
        way = "late" if later else "plain"
        body[f"seen_{way}"] = telling(f"seen_{way}", lambda parent, seen: seen, later)
        body[f"seeing_{way}"] = telling(
            f"seeing_{way}", lambda parent, seen: [rows.tree(parent.world, (seen, n)) for n in range(2)], later
        )
    kinds: dict[str, Any] = {"seen": str, "seeing": list[rows.TreeType]}
    return {"__annotations__": {name: kinds[name.partition("_")[0]] for name in body}, **body}


def named(name: str, bases: tuple[Any, ...], *parts: dict[str, Any]) -> Any:
    """A class of this name with everything that is in `parts`."""
    annotations = {key: kind for part in parts for key, kind in part["__annotations__"].items()}
    body = {key: value for part in parts for key, value in part.items()}
    # Those of a dataclass read all attributes, and some instances do not have all.
    same: dict[str, Any] = {"__eq__": object.__eq__, "__hash__": object.__hash__}
    if Made in bases:
        same["__repr__"] = Made.__repr__
    return type(name, bases, {**body, **same, "__annotations__": annotations, "__module__": __name__})


Named = strawberry.interface(
    named("Named", (), {"__annotations__": {"name": str}, "name": strawberry.field()}, ways(SHAPES, "late", "batched"))
)
Deep = strawberry.interface(named("Deep", (Named,), ways({"text": SHAPES["text"]}, "plain", "derived")))

_leaf = named("Leaf", (Deep,), ways(SHAPES), echoes())
_leaf.is_type_of = instances_of(rows.LeafRow)
Leaf = strawberry.type(_leaf)

_tree = named("Tree", (Named,), ways(SHAPES, "attribute", "plain"), ways(THINGS), ways(ABSTRACT), echoes(), tellings())


def _is_tree(value: Any, info: Any) -> bool:
    if isinstance(value, rows.TreeRow) and value.id % 50 == 7:
        raise ValueError(f"{value!r} does not say what it is")
    return isinstance(value, rows.TreeRow)


_tree.is_type_of = staticmethod(_is_tree)
Tree = strawberry.type(_tree)

Solid = strawberry.type(
    named("Solid", (Made,), ways(SHAPES, "attribute", "derived"), ways(THINGS, "attribute", "batched"))
)
Shell = strawberry.type(named("Shell", (Made, Named), ways(SHAPES, "attribute", "plain"), ways(ABSTRACT, "late")))
rows.MADE.update(Solid=Solid, Shell=Shell)

Query = strawberry.type(
    named("Query", (), ways(SHAPES), ways(THINGS), ways(ABSTRACT), echoes(), tellings()),
)

DONE: dict[str, tuple[Any, Any]] = {
    shape: (SHAPES | THINGS | ABSTRACT)[shape]
    for shape in ("number", "maybe_text", "texts", "tree", "maybe_tree", "trees", "maybe_nameds", "either")
}


def doings() -> dict[str, Any]:
    """What Mutation needs: fields that log."""
    body = {}
    annotations = {}
    for shape, (kind, _) in DONE.items():
        for way in ("plain", "late"):
            name = f"do_{shape}_{way}"
            rows.BY_NAME[name] = shape
            annotations[name] = kind
            body[name] = doing(name, lambda parent, name=name: parent.read(name), way == "late")
    return {"__annotations__": annotations, **body}


Mutation = strawberry.type(named("Mutation", (), doings(), ways(DONE, "batched", "derived", "attribute")))


def events(name: str, shape: str) -> Any:
    """What comes of a stream: things as they are and as they should not be; it may end by an exception."""
    make = rows.MAKERS[shape]

    def items(world: World) -> list[Any]:
        found: list[Any] = []
        for n in range(world.number(name, "events") % 4 + 1):
            kind = world.fault(name, n)
            if kind in RAISED:
                return [*found, Stopped(kind)]
            good = make(world, (name, n))
            found.append(INSTEAD[kind](name) if kind in INSTEAD else good)
        return found

    return streaming(name, items)


def streams() -> dict[str, Any]:
    """What Subscription needs."""
    names = {f"on_{shape}": shape for shape in DONE}
    return {
        "__annotations__": {name: AsyncGenerator[DONE[shape][0], None] for name, shape in names.items()},
        **{name: events(name, shape) for name, shape in names.items()},
    }


Subscription = strawberry.type(named("Subscription", (), streams()))


class Quiet(strawberry.Schema):
    """Logs no errors: here they are what is looked for."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Leave them as they are."""


def schema(executor: type | None, *extensions: Any) -> Quiet:
    """The schema, executed by `executor`."""
    return Quiet(
        Query,
        Mutation,
        Subscription,
        types=[Leaf, Tree, Solid, Shell],
        extensions=extensions,
        execution_context_class=executor,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
