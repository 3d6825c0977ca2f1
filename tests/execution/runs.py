"""Running a parsed document, by the reference and by the compiled executor."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import DocumentNode, GraphQLError, is_non_null_type, parse, specified_rules
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext, validate_document
from strawberry.types.execution import PreExecutionError

from kit.execution import CompiledExecutor
from kit.execution.plans import PlanCache

AWAITED: tuple[str | int, ...] = ("", "awaited")  # no place of an answer
_document: ContextVar[DocumentNode] = ContextVar("document")
_strict: ContextVar[dict[tuple[str | int, ...], bool] | None] = ContextVar("strict", default=None)


class Compiled(CompiledExecutor):
    """Compiles at once. Tells of the last operation whether it was run by a plan; None where it was not run."""

    runs_before_compiling = 0
    plan_cache = PlanCache(share=1)  # however long making plans takes
    was_compiled: bool | None = None

    def decided(self, *, compiled: bool) -> None:
        Compiled.was_compiled = compiled


class SecondTime(Compiled):
    """Compiles what comes again."""

    runs_before_compiling = 1


class Forbearing(StrawberryGraphQLCoreExecutionContext):
    """The reference, in which no null goes up: so every error comes to light.

    Notes of every place whether null is forbidden there, and whether anything is to be awaited.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.error_propagation = False

    def execute_operation(self, serially: bool | None = None) -> Any:
        result = super().execute_operation(serially)
        places = _strict.get()
        if places is not None:
            places[AWAITED] = self.is_awaitable(result)
        return result

    def complete_value(self, return_type: Any, field_details_list: Any, info: Any, path: Any, *rest: Any) -> Any:
        places = _strict.get()
        if places is not None:
            places.setdefault(tuple(path.as_list()), is_non_null_type(return_type))
        return super().complete_value(return_type, field_details_list, info, path, *rest)


class Given(SchemaExtension):
    """The document has been parsed and validated."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = _document.get()
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = []
        yield


@dataclass
class Run:
    """What came of an operation; `strict` are the places where null is forbidden, if that was noted."""

    data: Any
    errors: list[GraphQLError]
    strict: dict[tuple[str | int, ...], bool] | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether anything had to be awaited, by what `Forbearing` noted."""
        return (self.strict or {}).get(AWAITED, False)


@dataclass(frozen=True)
class Asked:
    """A document that is valid, and what to do with it. The same object is the same document to an executor."""

    document: DocumentNode
    operation: str | None
    variables: dict[str, Any]

    @property
    def has_plan(self) -> bool:
        """Whether there can be a plan: where it neither asks for the schema nor has null for an `if`."""
        text = self.document.loc.source.body if self.document.loc else ""
        return "__type(" not in text and "__schema" not in text and self.variables.get("perhaps", True) is not None

    def options(self, context: Any, root: Any) -> dict[str, Any]:
        """As Strawberry takes them."""
        return {
            "query": "-",
            "operation_name": self.operation,
            "variable_values": self.variables,
            "context_value": context,
            "root_value": root,
        }


def valid(schema: strawberry.Schema, text: str) -> DocumentNode | None:
    """The document, if it is valid."""
    document = parse(text)
    try:
        errors = validate_document(schema._schema, document, tuple(specified_rules))
    except KeyError:  # Strawberry's rule of one field: a fragment that comes before the variables of its operation
        return None
    return None if errors else document


@contextmanager
def noting() -> Iterator[dict[tuple[str | int, ...], bool]]:
    """What `Forbearing` notes in the block."""
    places: dict[tuple[str | int, ...], bool] = {}
    before = _strict.set(places)
    yield places
    _strict.reset(before)


async def run(schema: strawberry.Schema, asked: Asked, context: Any, root: Any = None) -> Run:
    """Queries and mutations."""
    _document.set(asked.document)
    with noting() as places:
        result = await schema.execute(**asked.options(context, root))
    return Run(result.data, list(result.errors or ()), places)


def run_now(schema: strawberry.Schema, asked: Asked, context: Any, root: Any = None) -> Run:
    """The same where there is nothing to be awaited."""
    _document.set(asked.document)
    result = schema.execute_sync(**asked.options(context, root))
    return Run(result.data, list(result.errors or ()))


async def run_stream(schema: strawberry.Schema, asked: Asked, context: Any, root: Any = None) -> list[Run]:
    """All that comes of a subscription, at most ten events."""
    _document.set(asked.document)
    stream = await schema.subscribe(**asked.options(context, root))
    if isinstance(stream, PreExecutionError):
        return [Run(None, list(stream.errors or ()))]
    return [Run(result.data, list(result.errors or ())) async for result in _at_most(10, stream)]


async def _at_most(count: int, stream: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for item in stream:
        yield item
        count -= 1
        if count <= 0:
            break
