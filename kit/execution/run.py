"""One run of a plan."""

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from enum import Enum
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLResolveInfo
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path, gather_with_cancel
from strawberry.types.arguments import convert_arguments

from kit.execution.fallback import Fallback, FallbackValue
from kit.execution.meter import Meter
from kit.execution.plan import Field, Position, ResolveMode, Selection
from kit.execution.source import Plan
from kit.execution.values import Deoptimize, Kinds, dismiss

Answer = dict[str, Any]
Found = tuple[Sequence[Field], list[Any], list[Answer]]
"""Deferred fields, the objects that they are to be resolved of, and what is answered of each object."""

_IMMUTABLE: frozenset[type] = frozenset({type(None), str, int, float, bool})


class _AllIsLost(Exception):
    """An error has made the whole answer null, or it is too large: what else is under way is given up."""


class Run:
    """The state of one operation on its way: `data` is what is answered, growing in place."""

    def __init__(self, plan: Plan, executor: Any) -> None:
        """`executor` is a CompiledExecutor."""
        self.executor = executor
        self.data: Answer = {
            field.key: plan.root.type.name if field.mode is ResolveMode.TYPENAME else None for field in plan.root.fields
        }
        self._plan = plan
        self._fallback = Fallback(executor, self.data)
        self._promised: list[Awaitable[None]] = []
        self._meter = Meter(executor.max_bytes) if executor.max_bytes is not None else None
        self._is_too_large = False

    def execute(self, *, serially: bool) -> Awaitable[ExecutionResult] | ExecutionResult:
        """Resolve and complete everything; an awaitable where anything is to be awaited."""
        fields = self._plan.root.deferred
        turns = [[field] for field in fields] if serially else [fields]
        for turn, some in enumerate(turns, 1):
            waiting = self._advance([self._root(some)])
            if self._is_over:
                self._abandon(waiting)
                break
            if waiting:
                return self._go_on(waiting, turns[turn:])
        return self._result()

    async def _go_on(self, waiting: list[Awaitable[None]], turns: list[list[Field]]) -> ExecutionResult:
        # Once all is lost nobody waits for the rest.
        with contextlib.suppress(_AllIsLost):
            await self._settle(waiting)
            for some in turns:
                await self._settle(self._advance([self._root(some)]))
        return self._result()

    @property
    def _is_over(self) -> bool:
        return self._is_too_large or self._fallback.has_lost_all

    def _root(self, fields: Sequence[Field]) -> Found:
        return fields, [self.executor.root_value], [self.data]

    def _result(self) -> ExecutionResult:
        executor: Any = self.executor
        if self._is_too_large:
            error = executor.too_large()
            return ExecutionResult(None, [GraphQLError(str(error), original_error=error)])
        result: ExecutionResult = executor.finish(executor.build_response(self._fallback.judge()))
        return result

    # Level by level

    def _advance(self, found: Iterable[Found]) -> list[Awaitable[None]]:
        """Resolve and complete what needs no waiting, to any depth; what else there is, to be awaited all at once."""
        ready = list(found)
        waiting: list[Awaitable[None]] = []
        while ready:
            fields, sources, outs = ready.pop()
            for field in fields if sources else ():
                values = self._resolve(field, sources, outs)
                if values.__class__ is list:
                    ready += self._complete(field, values, outs)
                else:
                    waiting.append(self._finish(field, values, outs))
        waiting += self._promised
        self._promised = []
        return waiting

    async def _settle(self, waiting: list[Awaitable[None]]) -> None:
        if self._is_over:
            self._abandon(waiting)
            raise _AllIsLost
        if len(waiting) == 1:
            await waiting[0]
        elif waiting:
            await gather_with_cancel(*waiting)

    def _abandon(self, waiting: list[Awaitable[None]]) -> None:
        """Have somebody own what is under way, though nobody waits for it."""
        if waiting:
            self.executor.settle_in_background(waiting)

    async def _finish(self, field: Field, promised: Awaitable[Any], outs: list[Answer]) -> None:
        try:
            values = _aligned(await promised, outs)
        except Exception as error:
            values = [error] * len(outs)
        self._fallback.turn += 1
        await self._settle(self._advance(self._complete(field, values, outs)))

    def _complete(self, field: Field, values: list[Any], outs: list[Answer]) -> list[Found]:
        if self._is_too_large:
            return []
        found: list[tuple[Selection, list[Any], list[Answer]]] = field.complete(self, values, outs)
        self._is_too_large = self._meter is not None and self._meter.has_passed(field.key, outs)
        self._fallback.look_again()
        return [(selection.deferred, *self._there(selection, sources, outs)) for selection, sources, outs in found]

    def _there(self, selection: Selection, sources: list[Any], outs: list[Answer]) -> tuple[list[Any], list[Answer]]:
        """Those of the objects that are in the answer, and not of something that has been redone as a whole."""
        if not self._fallback.has_redone:
            return sources, outs
        places = [n for n, out in enumerate(outs) if self._fallback.has(selection, out)]
        return [sources[n] for n in places], [outs[n] for n in places]

    # Resolving

    def _resolve(self, field: Field, sources: list[Any], outs: list[Answer]) -> Any:
        """The field's value of each source, an exception where it has none; or an awaitable of these."""
        if field.mode is ResolveMode.PER_PARENT:
            return self._each(field, sources, outs)
        if field.mode is ResolveMode.DEFERRED:
            return [_attribute(source, field.attribute) for source in sources]
        try:
            values = field.function(self.executor.context_value, sources, **self._arguments(field))
            return values if self.executor.is_awaitable(values) else _aligned(values, outs)
        except Exception as error:
            return [error] * len(sources)

    def _each(self, field: Field, sources: list[Any], outs: list[Answer]) -> Any:
        executor = self.executor
        function = field.function or executor.field_resolver
        values: list[Any] = []
        promises = False
        for source, out in zip(sources, outs, strict=True):
            path = self._fallback.path(field.parent, out)
            try:
                info = self._info(field, Path(path, field.key, field.parent.type.name))
                if field.is_direct:
                    value = function(info, source, **self._arguments(field))
                else:
                    value = function(source, info, **self._written(field))
                promises = executor.is_awaitable(value) or promises
            except Exception as error:
                value = error
            values.append(value)
        return self._all(values) if promises else values

    async def _all(self, values: list[Any]) -> list[Any]:
        """The values, having awaited those that are promises."""
        places = [n for n, value in enumerate(values) if self.executor.is_awaitable(value)]
        if len(places) == 1:
            values[places[0]] = await _outcome(values[places[0]])
            return values
        outcomes = await gather_with_cancel(*(_outcome(values[n]) for n in places))
        for n, outcome in zip(places, outcomes, strict=True):
            values[n] = outcome
        return values

    def bound(self, field: Field) -> Callable[[Any], Any]:
        """The function of a parent that the field is, for the arguments of this run."""
        context = self.executor.context_value
        try:
            arguments = self._arguments(field)
            call: Callable[[Any], Any] = field.function(context, **arguments)
        except Exception as error:
            return _raiser(error)
        if _are_immutable(arguments):
            return call
        return lambda parent: field.function(context, **self._arguments(field))(parent)

    def _written(self, field: Field) -> dict[str, Any]:
        """The field's arguments, coerced. Raises GraphQLError."""
        node = field.details[0].node
        if not field.definition.args and not node.arguments:
            return {}
        executor = self.executor
        return get_argument_values(field.definition, node, executor.variable_values, None, executor.hide_suggestions)

    def _arguments(self, field: Field) -> dict[str, Any]:
        """The field's arguments as Strawberry gives them to a resolver. Raises what it and graphql-core raise."""
        if field.fixed is not None:
            return field.fixed
        written = self._written(field)
        if not written or field.strawberry is None:
            return written
        schema: Any = self.executor.schema.extensions["strawberry-definition"]
        arguments = convert_arguments(
            written,
            field.strawberry.arguments,
            scalar_registry=schema.schema_converter.scalar_registry,
            config=schema.config,
            info=None,
        )
        if _are_immutable(arguments) and not field.has_variables:
            field.fixed = arguments
        return arguments

    def _info(self, field: Field, path: Path) -> GraphQLResolveInfo[Any]:
        build: Callable[..., GraphQLResolveInfo[Any]] = self.executor.build_resolve_info
        return build(field.definition, field.nodes, field.parent.type, path)

    # For compiled code

    def kind(self, kinds: Kinds, field: Field, value: Any) -> str:
        """The name of the object type that `value` is of. Raises Deoptimize, or what Strawberry raises."""
        return kinds.of(value, self._info(field, Path(None, field.key, field.parent.type.name)))

    def expect(self, field: Field, value: Any) -> None:
        """Return where a method has given a value. Raises Deoptimize for an awaitable, of which nothing had been said.

        From the next plan on such a field is called in its turn.
        """
        if self.executor.is_awaitable(value):
            dismiss(value)
            self._plan.asynchronous.add((field.parent.type.name, field.name))
            self._plan.is_stale = True
            raise Deoptimize

    def redo(self, position: Position, value: Any, out: Answer, indices: tuple[int, ...]) -> Any:
        """What graphql-core makes of `value`; None if that must be awaited; if it failed, None or NULL_PROPAGATES.

        `out` answers the object that holds the stage's field; `indices` lead from there into lists.
        """
        redone = self._fallback.redo(position, value, out, indices)
        if isinstance(redone, FallbackValue):
            self._promised.append(self._redone(redone))
            return None
        return redone

    async def _redone(self, redone: FallbackValue) -> None:
        await redone.finish()
        if self._is_over:
            raise _AllIsLost


def _attribute(source: Any, name: str) -> Any:
    try:
        return getattr(source, name)
    except Exception as error:
        return error


def _aligned(values: Any, outs: list[Answer]) -> list[Any]:
    if len(values) != len(outs):
        raise TypeError(f"A batch of {len(outs)} was answered with {len(values)} values.")
    return values if values.__class__ is list else list(values)


async def _outcome(promise: Awaitable[Any]) -> Any:
    try:
        return await promise
    except Exception as error:
        return error


def _are_immutable(arguments: dict[str, Any]) -> bool:
    return all(each.__class__ in _IMMUTABLE or isinstance(each, Enum) for each in arguments.values())


def _raiser(error: Exception) -> Callable[[Any], Any]:
    def call(parent: Any) -> Any:
        raise error

    return call
