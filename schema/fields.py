"""Declarations of fields: each ties a field of the schema to its resolver.

Resolvers never name a GraphQL type: the annotation in the class is the type, the function computes the value.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from inspect import Parameter, Signature
from typing import Annotated, Any, TypedDict

import strawberry
from graphql import GraphQLResolveInfo
from strawberry.schema.name_converter import NameConverter
from strawberry.types import Info, get_object_definition
from strawberry.utils.await_maybe import await_maybe

from domain.limits import GENERAL, Budget
from kit.errors import UserErrors
from kit.lookahead import asked_of_items
from kit.prices import Bound, declared
from resolvers.context import Context
from schema.permissions import Permission, anyone

Argument = tuple[Any, Any]
REQUIRED: Any = Parameter.empty


Traits = dict[str, Any]
"""What else is known of a field, kept in its metadata; traits are joined by `|`."""

NO_TRAITS: Traits = {}

PRIVATE: Traits = {"private": True}
"""The field is readable only until the viewer's session ends: an access token that has not expired is not enough."""


def at_most(items: Bound | int) -> Traits:
    """The largest number of items in a list, from which prices are computed."""
    return declared(items, None)


def up_to_bytes(size: int) -> Traits:
    """The largest size of a text as UTF-8, from which prices are computed."""
    return declared(None, size)


def weighing(points: int) -> Traits:
    """Additional points of a value that is slow to compute."""
    return {"weight": points}


def argument(kind: Any, description: str, default: Any = REQUIRED) -> Argument:
    """The type, description and default of an argument; one without a default must be given."""
    return Annotated[kind, strawberry.argument(description=description)], default


def page_size(default: int = 20, most: int = 100) -> Argument:
    """The argument `first` of a list."""
    return argument(int | None, f"Number of items to return, 1 to {most}. Default: {default}.", default)


class Paged(TypedDict):
    """The arguments of a connection."""

    first: Argument
    after: Argument


def paged(first: int = 20) -> Paged:
    """The arguments of a connection, of which a page has `first` items unless told otherwise."""
    after = "Cursor of the last item already received. Omit it for the first page."
    return {"first": page_size(first), "after": argument(str | None, after, strawberry.UNSET)}


def resolved(
    by: Callable[..., Awaitable[Any]],
    description: str,
    traits: Traits = NO_TRAITS,
    /,
    *,
    looks_ahead: bool = False,
    budget: Budget | None = None,
    **arguments: Argument,
) -> Any:
    """A root field of Query: `by(context, **arguments)`, or `by(context, asked, **arguments)` with `looks_ahead`.

    `asked` has the selected fields of the items of the connection. `traits` are `at_most`, `up_to_bytes` and
    PRIVATE. Where there is a `budget`, each use is counted against it.
    """

    async def call(info: GraphQLResolveInfo[Context], root: object = None, **given: Any) -> Any:
        if "private" in traits:
            await info.context.require_live_session()
        if budget is not None:
            await info.context.spend(info.field_name, by_address=False)
        ahead = [asked_of_items(info)] if looks_ahead else []
        return await by(info.context, *ahead, **_plain(given, arguments))

    limited = {} if budget is None else {"budget": budget}
    return _called(call, by, description, arguments, **traits, **limited)


def mutates(
    by: Callable[..., Awaitable[Mapping[str, Any]]],
    payload: type,
    description: str,
    allow: Permission,
    *,
    budget: Budget = GENERAL,
    **arguments: Argument,
) -> Any:
    """A root field of Mutation: `by(context, **arguments)` gives the fields of `payload`, or raises UserErrors for it.

    Each use is counted against the budget of the field: of the viewer, or of the network where `anyone` is allowed.
    """

    async def call(info: GraphQLResolveInfo[Context], root: object = None, **given: Any) -> Any:
        allow(info.context)
        viewer = info.context.viewer
        if allow is not anyone:
            viewer.begin_command()
        await info.context.spend(info.field_name, by_address=allow is anyone)
        try:
            answer = payload(**await by(info.context, **_plain(given, arguments)))
        except UserErrors as mistakes:
            answer = payload(user_errors=mistakes.errors)
        if allow is not anyone:
            # Nothing was written without this check. Nor is anything said without it.
            await viewer.require_session()
        return answer

    return _called(call, by, description, arguments, allow=allow, budget=budget)


def subscribed(by: Callable[..., Any], description: str, allow: Permission, **arguments: Argument) -> Any:
    """A root field of Subscription: `by(context, **arguments)` is an async generator of rows."""

    async def resolve(info: Info[Context, None], **given: Any) -> Any:
        allow(info.context)
        await info.context.viewer.require_session()
        async for event in by(info.context, **_plain(given, arguments)):
            info.context.charge_event()
            yield event

    resolve.__signature__ = _signature(arguments)  # type: ignore[attr-defined]
    resolve.__name__ = by.__name__
    return strawberry.subscription(resolver=resolve, description=description, metadata={"allow": allow})


def declared_budgets(*roots: type) -> dict[str, Budget]:
    """The budgets that the fields of root types declare, by the names of the fields in GraphQL."""
    fields = [field for root in roots for field in get_object_definition(root, strict=True).fields]
    name_of = NameConverter().get_graphql_name
    return {name_of(field): field.metadata["budget"] for field in fields if "budget" in field.metadata}


def batched(
    by: Callable[..., Sequence[Any] | Awaitable[Sequence[Any]]],
    description: str,
    traits: Traits = NO_TRAITS,
    /,
    **arguments: Argument,
) -> Any:
    """A batched field: `by(context, parents, **arguments)` returns the values for many parents, in order.

    An exception in the place of a parent is the error of that parent. The compiled executor passes all parents of a
    level; graphql-core, those that a dataloader has collected. `traits` as for `resolved`.
    """

    def many(context: Context, parents: Sequence[Any], **given: Any) -> Sequence[Any] | Awaitable[Sequence[Any]]:
        if "private" in traits:
            return read_privately(context, parents, given)
        return by(context, parents, **_plain(given, arguments))

    async def read_privately(context: Context, parents: Sequence[Any], given: Mapping[str, Any]) -> Sequence[Any]:
        await context.require_live_session()
        return await await_maybe(by(context, parents, **_plain(given, arguments)))

    async def resolve(root: Any, info: Info[Context, None], **given: Any) -> Any:
        values = _plain(given, arguments)
        context = info.context

        async def batch(parents: Sequence[Any]) -> Sequence[Any]:
            return await await_maybe(many(context, parents, **values))

        # By their text: inputs and lists cannot be keys.
        return await context.by_field((by, repr(sorted(values.items()))), batch).load(root)

    return _field(resolve, by, description, arguments, batch=many, **traits)


def derived(
    by: Callable[..., Any],
    description: str,
    traits: Traits = NO_TRAITS,
    /,
    **arguments: Argument,
) -> Any:
    """A field without a round trip: `by(context, parent, **arguments)`; `traits` as for `resolved`."""

    def bind(context: Context, **given: Any) -> Callable[[Any], Any]:
        return partial(by, context, **_plain(given, arguments))

    def resolve(root: Any, info: Info[Context, None], **given: Any) -> Any:
        return by(info.context, root, **_plain(given, arguments))

    return _field(resolve, by, description, arguments, derive=bind, **traits)


def attribute(
    description: str,
    name: str | None = None,
    *,
    at_most: Bound | int | None = None,
    max_bytes: int | None = None,
    **options: Any,
) -> Any:
    """A field with the value of the row's attribute of the same name. `name` is its GraphQL name, if different.

    `at_most` and `max_bytes` as for `resolved`.
    """
    return strawberry.field(description=description, name=name, metadata=declared(at_most, max_bytes), **options)


def idempotency_key_field(note: str = "") -> Any:
    """The field `idempotencyKey` of an input; `note` is added to its description."""
    text = "Client-chosen key of 1 to 64 characters. "
    text += "Repeating a request with the same key and input has no further effect."
    return attribute(f"{text} {note}".rstrip(), default=None)


def _called(call: Any, by: Any, description: str, arguments: Mapping[str, Argument], **metadata: Any) -> Any:
    """A root field: `call(info, **arguments)`, with graphql-core's `info`."""

    async def resolve(info: Info[Context, None], **given: Any) -> Any:
        return await call(info._raw_info, **given)

    return _field(resolve, by, description, arguments, call=call, **metadata)


def _field(resolve: Any, by: Any, description: str, arguments: Mapping[str, Argument], **metadata: Any) -> Any:
    resolve.__signature__ = _signature(arguments, root="root" in resolve.__annotations__)
    resolve.__name__ = by.__name__
    return strawberry.field(resolver=resolve, description=description, metadata=metadata)


def _signature(arguments: Mapping[str, Argument], *, root: bool = False) -> Signature:
    parameters = [Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=Info[Context, None])]
    if root:
        parameters.insert(0, Parameter("root", Parameter.POSITIONAL_OR_KEYWORD, annotation=Any))
    for name, (kind, default) in arguments.items():
        parameters.append(Parameter(name, Parameter.KEYWORD_ONLY, annotation=kind, default=default))
    return Signature(parameters)


def _plain(given: Mapping[str, Any], arguments: Mapping[str, Argument]) -> dict[str, Any]:
    """Arguments as resolvers take them: enums by value, the default in place of null."""
    values = {}
    for name, (_, default) in arguments.items():
        value = given.get(name)
        if value is None and default is not REQUIRED and default is not strawberry.UNSET:
            value = default
        values[name] = [_of_enum(each) for each in value] if isinstance(value, list) else _of_enum(value)
    return values


def _of_enum(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
