"""Fields that answer the same in every way that there is to answer one."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from inspect import Parameter, Signature
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.types import Info

from kit.batching import Loader
from tests.execution.faults import World

Arguments = Mapping[str, tuple[Any, Any]]
"""By name: annotation and default (`Parameter.empty` for none)."""
Answer = Callable[..., Any]
"""`answer(parent, **arguments)`."""


class Closed(BasePermission):
    message = "closed"

    def has_permission(self, source: Any, info: Info, **arguments: Any) -> bool:
        return _open(source, info)


class ClosedLater(BasePermission):
    message = "closed, as we learned later"
    error_extensions = {"code": "CLOSED"}

    async def has_permission(self, source: Any, info: Info, **arguments: Any) -> bool:
        await asyncio.sleep(0)
        return _open(source, info)


def _open(source: Any, info: Info) -> bool:
    world: World = info.context
    return world.number(info.field_name, repr(source), "closed") % 4 > 0


class Loud(FieldExtension):
    """Marks what is text, and counts."""

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **arguments: Any) -> Any:
        return _louder(next_(source, info, **arguments))


class LoudLater(FieldExtension):
    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **arguments: Any) -> Any:
        value = next_(source, info, **arguments)
        return _louder(await value if hasattr(value, "__await__") else value)


def _louder(value: Any) -> Any:
    return f"{value}!" if value.__class__ is str else value


def attribute(name: str, answer: Answer, arguments: Arguments) -> Any:
    """No resolver: what the parent has."""
    return strawberry.field()


def plain(name: str, answer: Answer, arguments: Arguments, **options: Any) -> Any:
    """A resolver that is an ordinary function."""

    def resolve(root: Any, info: Info, **given: Any) -> Any:
        visited(info)
        return answer(root, **given)

    return _field(resolve, name, arguments, **options)


def late(name: str, answer: Answer, arguments: Arguments, **options: Any) -> Any:
    """An async resolver, which waits for up to two turns of the loop."""

    async def resolve(root: Any, info: Info, **given: Any) -> Any:
        visited(info)
        for _ in range(info.context.number(name, repr(root), "turns") % 3):
            await asyncio.sleep(0)
        return answer(root, **given)

    return _field(resolve, name, arguments, **options)


def surprise(name: str, answer: Answer, arguments: Arguments) -> Any:
    """An ordinary function that returns a coroutine for some of its parents."""

    def resolve(root: Any, info: Info, **given: Any) -> Any:
        visited(info)

        async def later() -> Any:
            return answer(root, **given)

        return later() if info.context.number(name, repr(root), "surprise") % 2 else answer(root, **given)

    return _field(resolve, name, arguments)


def derived(name: str, answer: Answer, arguments: Arguments) -> Any:
    """Computed without I/O."""

    def bind(context: World, **given: Any) -> Callable[[Any], Any]:
        context.bound(name)
        return lambda parent: answer(parent, **given)

    def resolve(root: Any, info: Info, **given: Any) -> Any:
        return bind(info.context, **given)(root)

    return _field(resolve, name, arguments, metadata={"derive": bind})


def batched(name: str, answer: Answer, arguments: Arguments) -> Any:
    """Answered for many parents at once, later."""

    async def many(context: World, parents: Sequence[Any], **given: Any) -> Any:
        await asyncio.sleep(0)
        return _answers(name, answer, context, parents, given)

    return _batched(name, many, arguments)


def batched_now(name: str, answer: Answer, arguments: Arguments) -> Any:
    """Answered for many parents at once, by an ordinary function."""

    def many(context: World, parents: Sequence[Any], **given: Any) -> Any:
        return _answers(name, answer, context, parents, given)

    return _batched(name, many, arguments)


def _answers(name: str, answer: Answer, context: World, parents: Sequence[Any], given: Mapping[str, Any]) -> Any:
    answers = []
    for parent in parents:
        context.visits[f"{name} of {parent!r}"] += 1
        try:
            answers.append(answer(parent, **given))
        except StopIteration as error:  # no future takes one
            answers.append(RuntimeError(str(error)))
        except Exception as error:
            answers.append(error)
    return context.whole(name, answers)


def _batched(name: str, many: Callable[..., Any], arguments: Arguments) -> Any:
    async def resolve(root: Any, info: Info, **given: Any) -> Any:
        context = info.context

        async def load(parents: Sequence[Any]) -> Any:
            answers = many(context, parents, **given)
            return await answers if hasattr(answers, "__await__") else answers

        key = f"{name} {sorted(given.items())!r}"
        if key not in context.loaders:
            context.loaders[key] = Loader(load, cache=False)
        return await context.loaders[key].load(root)

    return _field(resolve, name, arguments, metadata={"batch": many})


def called(name: str, answer: Answer, arguments: Arguments) -> Any:
    """Called without Strawberry's wrapper."""

    def call(info: Any, parent: Any, **given: Any) -> Any:
        info.context.visits[repr(info.path.as_list())] += 1
        return answer(parent, **given)

    def resolve(root: Any, info: Info, **given: Any) -> Any:
        return call(info._raw_info, root, **given)

    return _field(resolve, name, arguments, metadata={"call": call})


def called_late(name: str, answer: Answer, arguments: Arguments) -> Any:
    """The same, async."""

    async def call(info: Any, parent: Any, **given: Any) -> Any:
        info.context.visits[repr(info.path.as_list())] += 1
        await asyncio.sleep(0)
        return answer(parent, **given)

    async def resolve(root: Any, info: Info, **given: Any) -> Any:
        return await call(info._raw_info, root, **given)

    return _field(resolve, name, arguments, metadata={"call": call})


def guarded(name: str, answer: Answer, arguments: Arguments) -> Any:
    return plain(name, answer, arguments, permission_classes=[Closed])


def guarded_late(name: str, answer: Answer, arguments: Arguments) -> Any:
    return plain(name, answer, arguments, permission_classes=[ClosedLater])


def late_guarded(name: str, answer: Answer, arguments: Arguments) -> Any:
    return late(name, answer, arguments, permission_classes=[Closed])


def hushed(name: str, answer: Answer, arguments: Arguments) -> Any:
    """Null, or an empty list, for whom it is not."""
    return plain(name, answer, arguments, extensions=[PermissionExtension([Closed()], fail_silently=True)])


def loud(name: str, answer: Answer, arguments: Arguments) -> Any:
    return plain(name, answer, arguments, extensions=[Loud()])


def loud_late(name: str, answer: Answer, arguments: Arguments) -> Any:
    return late(name, answer, arguments, extensions=[LoudLater()])


WAYS: dict[str, Callable[[str, Answer, Arguments], Any]] = {
    "attribute": attribute,
    "plain": plain,
    "late": late,
    "surprise": surprise,
    "derived": derived,
    "batched": batched,
    "batched_now": batched_now,
    "called": called,
    "called_late": called_late,
    "guarded": guarded,
    "guarded_late": guarded_late,
    "late_guarded": late_guarded,
    "hushed": hushed,
    "loud": loud,
    "loud_late": loud_late,
}


def telling(name: str, answer: Callable[[Any, str], Any], later: bool) -> Any:
    """A field that answers `answer(parent, seen)`, by what its resolver saw in `info`."""

    def resolve(root: Any, info: Info, text: str | None = "said") -> Any:
        return answer(root, seen(info, text))

    async def resolve_late(root: Any, info: Info, text: str | None = "said") -> Any:
        await asyncio.sleep(0)
        return answer(root, seen(info, text))

    return strawberry.field(resolver=resolve_late if later else resolve)


def streaming(name: str, items: Callable[[World], list[Any]]) -> Any:
    """A field of Subscription; an exception among the items is raised, and ends it."""

    async def resolve(root: Any, info: Info, text: str | None = "said") -> AsyncGenerator[Any, None]:
        for item in items(info.context):
            await asyncio.sleep(0)
            if isinstance(item, Stopped):
                raise ValueError(f"{name} {text} {item}")
            yield item

    resolve.__name__ = name
    return strawberry.subscription(resolver=resolve)


class Stopped(str):
    """The end of a stream, which is an error."""


def doing(name: str, answer: Answer, later: bool) -> Any:
    """A field of Mutation, which logs when it begins and when it ends."""

    def resolve(root: Any, info: Info, text: str | None = "done") -> Any:
        info.context.log.append(f"{info.path.key} {text}")
        return answer(root)

    async def resolve_late(root: Any, info: Info, text: str | None = "done") -> Any:
        info.context.log.append(f"{info.path.key} {text} begins")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        info.context.log.append(f"{info.path.key} {text} ends")
        return answer(root)

    return strawberry.field(resolver=resolve_late if later else resolve)


def seen(info: Info, text: str | None) -> str:
    """All that a resolver sees of its place."""
    raw = info._raw_info
    return json.dumps(
        [
            text,
            info.path.as_list(),
            info.path.typename,
            info.field_name,
            info.python_name,
            str(raw.return_type),
            str(raw.parent_type),
            len(raw.field_nodes),
            repr(info.selected_fields),
            info.variable_values,
            sorted(raw.fragments),
            raw.operation.name.value if raw.operation.name else None,
            info.context.seed,
            repr(info.root_value),
        ],
        default=repr,
    )


def visited(info: Info) -> None:
    """Count that the resolver of this place was called."""
    info.context.visits[repr(info.path.as_list())] += 1


def _field(resolve: Any, name: str, arguments: Arguments, **options: Any) -> Any:
    parameters = [
        Parameter("root", Parameter.POSITIONAL_OR_KEYWORD, annotation=Any),
        Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
        *(
            Parameter(key, Parameter.KEYWORD_ONLY, annotation=kind, default=default)
            for key, (kind, default) in arguments.items()
        ),
    ]
    resolve.__signature__ = Signature(parameters)
    resolve.__name__ = name
    return strawberry.field(resolver=resolve, **options)
