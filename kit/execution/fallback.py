"""The fallback to graphql-core: it completes what compiled code could not, and says what the errors are.

Where things are in the answer is looked up in the answer itself, and only when something has gone wrong: that costs
nothing as long as nothing does.
"""

import math
from collections.abc import Awaitable
from copy import copy
from typing import Any

from graphql import GraphQLError, located_error
from graphql.execution import Executor
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import Path

from kit.execution.plan import Position, ResolveMode, Selection

Answer = dict[str, Any]
NULL_PROPAGATES = object()


class _Errors(CollectedErrors):
    """Keeps errors with the turns they came in and the positions they make null: which count is judged in the end."""

    def __init__(self, fallback: "Fallback") -> None:
        super().__init__()
        self.found: list[tuple[int, GraphQLError, Path | None]] = []
        self.comes_later = False
        self._fallback = fallback

    def add(self, error: GraphQLError, path: Path | None) -> None:
        self._fallback.turn += self.comes_later
        self.found.append((self._fallback.turn, error, path))


class FallbackValue:
    """A value on its way through graphql-core: at `path` of the answer, with the errors that came of it."""

    def __init__(self, fallback: "Fallback", position: Position, path: Path) -> None:
        self.path = path
        self.errors = _Errors(fallback)
        self.is_void = False
        self._fallback = fallback
        self._position = position
        self._executor = copy(fallback.executor)
        self._executor.collected_errors = self.errors
        self._promised: Awaitable[Any] | None = None

    def complete(self, value: Any) -> Any:
        """The outcome; itself if that must be awaited; None where it failed, NULL_PROPAGATES if null is not allowed."""
        executor = self._executor
        # What has been awaited once is not awaited again.
        is_new = self._position.depth > 0 or self._position.field.mode not in (
            ResolveMode.BATCHED,
            ResolveMode.PER_PARENT,
        )
        try:
            if isinstance(value, Exception):
                # Raised for parent after parent, its traceback would grow with each.
                self._fail(value)
                return NULL_PROPAGATES if self._position.up else None
            if is_new and executor.is_awaitable(value):
                self._promised = self._later(value)
                return self
            outcome = self._complete(value)
            if executor.is_awaitable(outcome):
                self._promised = outcome
                return self
            return outcome
        except Exception as error:
            self._fail(error)
            return NULL_PROPAGATES if self._position.up else None
        finally:
            self.errors.comes_later = True

    async def finish(self) -> None:
        """Await it, and put it where it belongs."""
        assert self._promised is not None
        outcome = None
        try:
            outcome = await self._promised
        except Exception as error:
            self._fail(error)
        if not self.is_void:
            self._fallback.put(self.path, outcome)

    async def _later(self, value: Awaitable[Any]) -> Any:
        outcome = self._complete(await value)
        return await outcome if self._executor.is_awaitable(outcome) else outcome

    def _complete(self, value: Any) -> Any:
        field = self._position.field
        holder = self.path
        for _ in range(self._position.depth):
            assert holder.prev is not None
            holder = holder.prev
        info = self._executor.build_resolve_info(field.definition, field.nodes, field.parent.type, holder)
        return self._executor.complete_value(self._position.type, field.details, info, self.path, value, None)

    def _fail(self, error: Exception) -> None:
        located = located_error(error, self._position.field.nodes, self.path.as_list())
        null: Path | None = self.path
        for _ in range(self._position.up):
            assert null is not None
            null = null.prev
        self.errors.add(located, null)
        self._fallback.nulls.append((self, null))


class Fallback:
    """What has gone wrong with one operation so far. `data` is its answer, `turn` counts how often it was gone on."""

    def __init__(self, executor: Executor[Any], data: Answer) -> None:
        self.executor = executor
        self.nulls: list[tuple[FallbackValue, Path | None]] = []
        self.turn = 0
        self._data = data
        self._redone: list[FallbackValue] = []
        self._paths: dict[Selection, dict[int, Path | None]] = {}

    @property
    def has_redone(self) -> bool:
        """Whether anything has gone wrong so far."""
        return bool(self._redone)

    @property
    def has_lost_all(self) -> bool:
        """Whether an error has made the whole answer null."""
        return any(null is None and not redone.is_void for redone, null in self.nulls)

    def look_again(self) -> None:
        """The answer has grown."""
        if self._paths:
            self._paths = {}

    def redo(self, position: Position, value: Any, out: Answer, indices: tuple[int, ...]) -> Any:
        """What graphql-core makes of `value`: see `FallbackValue.complete`."""
        path = self.path(position.origin, out)
        remaining = iter(indices)
        for step in position.steps:
            path = Path(path, next(remaining), None) if step is None else Path(path, *step)
        assert path is not None
        while self._redone and _is_within(self._redone[-1].path, path):
            # It was of a part of this value, which is completed again.
            self._redone.pop().is_void = True
        redone = FallbackValue(self, position, path)
        self._redone.append(redone)
        return redone.complete(value)

    def path(self, selection: Selection, out: Answer) -> Path | None:
        """Where in the answer `out` is, which answers an object of `selection` and is there: None is the root."""
        return self._places(selection)[id(out)]

    def has(self, selection: Selection, out: Answer) -> bool:
        """Whether `out` is in the answer."""
        return id(out) in self._places(selection)

    def _places(self, selection: Selection) -> dict[int, Path | None]:
        if selection not in self._paths:
            level: list[tuple[Any, Path | None]] = [(self._data, None)]
            for step in selection.steps:
                if step is None:
                    level = [
                        (item, Path(path, n, None))
                        for some, path in level
                        if isinstance(some, list)
                        for n, item in enumerate(some)
                    ]
                else:
                    level = [(some.get(step[0]), Path(path, *step)) for some, path in level if isinstance(some, dict)]
            self._paths[selection] = {id(some): path for some, path in level}
        return self._paths[selection]

    def put(self, path: Path, value: Any) -> None:
        """Place a value in the answer, if there still is such a place."""
        *keys, last = path.as_list()
        place: Any = self._data
        for key in keys:
            place = place[key]
            if place is None:
                return
        place[last] = value

    def judge(self) -> Answer | None:
        """The answer with its nulls. The errors that count go to the executor."""
        if not self._redone:
            return self._data
        found = [each for redone in self._redone for each in redone.errors.found]
        if len(found) > 1:
            # As graphql-core goes: in the order of the answer, but for what came only after something was awaited.
            found.sort(key=lambda each: (each[0], self._order(each[1])))
        for _, error, null in found:
            self.executor.collected_errors.add(error, null)
        for redone, null in self.nulls:
            if redone.is_void:
                continue
            if null is None:
                return None
            self.put(null, None)
        return self._data

    def _order(self, error: GraphQLError) -> list[float]:
        """Where in the answer the error arose, as numbers: graphql-core goes that way, what is within a value first."""
        order: list[float] = []
        place: Any = self._data
        for key in error.path or ():
            if isinstance(place, dict):
                order.append(list(place).index(key) if key in place else len(place))
                place = place.get(key)
            else:
                order.append(int(key) if isinstance(key, int) else 0)
                place = place[key] if isinstance(place, list) and isinstance(key, int) and key < len(place) else None
        return [*order, math.inf]


def _is_within(inner: Path | None, outer: Path) -> bool:
    while inner is not None:
        if inner == outer:
            return True
        inner = inner.prev
    return False
