"""A hostile world: what each field of each row is, and how it goes wrong, told by a seed alone.

Two runs of one operation see the same, however often and in whichever order they look.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from zlib import crc32

import strawberry
from graphql import GraphQLError, Undefined
from hypothesis import strategies as st

from kit.batching import Loader

Faults = Mapping[str, tuple[str, int]]
"""By the name of a field: a kind of fault, and one in how many rows has it."""


@strawberry.enum
class Color(Enum):
    RED = "r"
    BLUE = "b"


@strawberry.enum
class Level(Enum):
    LOW = 1
    HIGH = 2


class Text(str):
    """A str, nearly."""


class Number(int):
    """An int, nearly."""


class Real(float):
    """A float, nearly."""


class Odd:
    """What no field expects."""

    def __repr__(self) -> str:
        return "<odd>"


class Later:
    """Awaitable without being a coroutine; takes a turn of the loop. An exception given is raised."""

    def __init__(self, value: Any, raises: bool = False) -> None:
        self.value = value
        self.raises = raises

    def __repr__(self) -> str:
        return "<later>"

    def __await__(self) -> Generator[Any, None, Any]:
        yield from asyncio.sleep(0).__await__()
        if self.raises:
            raise self.value
        return self.value


class Stream:
    """An async iterable that is no generator; an exception among the items is raised."""

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = iter(items)

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> Any:
        await asyncio.sleep(0)
        for item in self.items:
            if isinstance(item, Failure):
                raise item
            return item
        raise StopAsyncIteration


class Failure(Exception):
    """Raised by what is iterated."""


def failing(items: Sequence[Any], where: str) -> Generator[Any, None, None]:
    """Some of the items, then an exception."""
    yield from items[:2]
    raise Failure(f"{where} ran dry")


# What a field is instead, whatever it should be: by kind, from where it is.
INSTEAD: dict[str, Callable[[str], Any]] = {
    "null": lambda _: None,
    "undefined": lambda _: Undefined,
    "odd": lambda _: Odd(),
    "text": lambda _: "text",
    "digits": lambda _: "12",
    "no text": lambda _: "",
    "number": lambda _: 7,
    "2**31": lambda _: 2**31,
    "-2**31": lambda _: -(2**31),
    "2**53": lambda _: 2**53,
    "huge": lambda _: 10**400,
    "float": lambda _: 1.5,
    "whole float": lambda _: 2.0,
    "nan": lambda _: float("nan"),
    "infinity": lambda _: float("inf"),
    "bool": lambda _: True,
    "like text": lambda _: Text("like text"),
    "like number": lambda _: Number(5),
    "like float": lambda _: Real(2.5),
    "bytes": lambda _: b"bytes",
    "member": lambda _: Color.BLUE,
    "value": lambda _: "b",
    "no value": lambda _: "z",
    "class": lambda _: Color,
    "dict": lambda _: {"name": "key", "id": 1},
    "error": lambda where: ValueError(f"{where} is an error"),
    "late null": lambda _: Later(None),
    "late failure": lambda where: Later(ValueError(f"{where} failed late"), raises=True),
    "late error": lambda where: Later(ValueError(f"{where} is an error, late")),
    "late odd": lambda _: Later(Odd()),
    "late twice": lambda _: Later(Later(None)),
}
RAISED: dict[str, Callable[[str], Exception]] = {
    "raise": ValueError,
    "key": KeyError,
    "attribute": AttributeError,
    "stop": StopIteration,
    "graphql": lambda where: GraphQLError(where, extensions={"code": "TORN"}),
    "mute": lambda _: Exception(),
}
# What is done to the value that it should be.
AROUND: dict[str, Callable[[Any, str], Any]] = {
    "late": lambda good, _: Later(good),
    "in a list": lambda good, _: [good],
    "in two": lambda good, _: [[good]],
}
# What is done to the list that it should be.
OF_LISTS: dict[str, Callable[[list[Any], str], Any]] = {
    "tuple": lambda good, _: tuple(good),
    "deque": lambda good, _: deque(good),
    "set": lambda good, _: set(good[:1]) if not isinstance((good or [0])[0], list) else {7},
    "keys": lambda good, _: dict.fromkeys(map(str, range(len(good)))),
    "generator": lambda good, _: (item for item in good),
    "dry generator": failing,
    "stream": lambda good, _: Stream(good),
    "dry stream": lambda good, where: Stream([*good[:1], Failure(f"{where} ran dry"), *good]),
    "nothing": lambda good, _: [],
    "hole first": lambda good, _: [None, *good],
    "hole last": lambda good, _: [*good, None],
    "undefined item": lambda good, _: [*good, Undefined, *good],
    "odd item": lambda good, _: [*good, Odd()],
    "error item": lambda good, where: [*good, ValueError(f"{where} has an error"), *good],
    "two error items": lambda good, where: [ValueError(f"{where} one"), *good, ValueError(f"{where} other")],
    "late items": lambda good, _: [Later(item) for item in good],
    "a late item": lambda good, _: [*good, *map(Later, good[:1])],
    "late failing item": lambda good, where: [*good, Later(ValueError(f"{where} late"), raises=True), *good[:1]],
    "list item": lambda good, _: [*good, good],
    "late and odd": lambda good, _: [*map(Later, good), Odd()],
    "generator items": lambda good, _: [(part for part in item) if isinstance(item, list) else item for item in good],
    "late in stream": lambda good, _: Stream([*map(Later, good), *good]),
}
# What happens to all parents of a batch at once; `bind` of a derived field raises in each of these.
WHOLE = ("whole raise", "whole graphql", "whole short", "whole long", "whole null", "whole odd")
KINDS = (*INSTEAD, *RAISED, *AROUND, *OF_LISTS, *WHOLE)


@dataclass
class World:
    """One for each run. What a run did to it is in `log` (in order) and in `visits` (how often)."""

    seed: int = 0
    faults: Faults = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    visits: Counter[str] = field(default_factory=Counter)
    loaders: dict[str, Loader[Any, Any]] = field(default_factory=dict)

    def again(self) -> "World":
        """The same world, as nobody has seen it."""
        return World(self.seed, self.faults)

    def number(self, *what: object) -> int:
        """A number that belongs to `what` in this world."""
        return crc32(repr((self.seed, *what)).encode())

    def fault(self, name: str, id: int) -> str | None:
        """How the field `name` of the row `id` goes wrong."""
        kind, every = self.faults.get(name, (None, 1))
        return kind if kind and self.number(name, id, "fault") % every == 0 else None

    def read(self, name: str, id: int, good: Any) -> Any:
        """The field as it is: `good` where nothing is wrong with it. May raise."""
        kind, where = self.fault(name, id), f"{name} of {id}"
        if kind in RAISED:
            raise RAISED[kind](where)
        if kind in INSTEAD:
            return INSTEAD[kind](where)
        if kind in AROUND:
            return AROUND[kind](good, where)
        if kind in OF_LISTS and isinstance(good, list):
            return self._torn(OF_LISTS[kind], name, id, good, where)
        return good

    def _torn(self, tear: Callable[[list[Any], str], Any], name: str, id: int, good: list[Any], where: str) -> Any:
        """The list torn, or one of the lists that it is made of."""
        if good and isinstance(good[0], list) and self.number(name, id, "depth") % 2:
            return [tear(good[0], where), *good[1:]]
        return tear(good, where)

    def whole(self, name: str, answers: list[Any]) -> Any:
        """What a batch answers for all its parents. May raise."""
        kind, _ = self.faults.get(name, (None, 1))
        if kind in ("whole raise", "whole graphql"):
            raise ValueError(f"all of {name}") if kind == "whole raise" else GraphQLError(f"all of {name}")
        if kind == "whole short":
            return answers[1:]
        if kind == "whole long":
            return [*answers, None]
        return {"whole null": None, "whole odd": 7}.get(kind or "", answers)

    def bound(self, name: str) -> None:
        """Fail where `bind` of this derived field is to fail."""
        if self.faults.get(name, ("", 1))[0] in WHOLE:
            raise ValueError(f"{name} cannot be bound")


def worlds(names: Sequence[str]) -> st.SearchStrategy[World]:
    """Worlds in which some of the fields `names` go wrong; in some, none does."""
    if not names:
        return st.builds(World, seed=st.integers(0, 99))
    fault = st.tuples(st.sampled_from(KINDS), st.sampled_from((1, 2, 3)))
    faults = st.dictionaries(st.sampled_from(sorted(names)), fault, max_size=4)
    return st.builds(World, seed=st.integers(0, 99), faults=faults)
