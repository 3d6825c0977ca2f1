"""The schema, its executor, and the form of its errors."""

import logging
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import strawberry
from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError, OperationType, specified_rules
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.schema.schema import validate_document
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType as StrawberryOperationType
from strawberry.utils.await_maybe import await_maybe

from clients.outages import is_outage
from kit import deadline
from kit.counted_log import CountedLog
from kit.errors import INTERNAL_MESSAGE, ApiError, OperationTimeout, QueryTooComplex, ResponseTooLarge, Unavailable
from kit.execution import CompiledExecutor, warm
from kit.execution.document_store import Document, Documents
from kit.execution.limits import introspects
from kit.execution.persisted import PersistedQueries
from kit.execution.source import Plan
from kit.prices import Price
from resolvers.context import Ceilings, Context
from schema.extensions import Operation, admission, read, told
from schema.media import Photo, Video
from schema.messages import EVENTS
from schema.roots import Mutation, Query, Subscription
from schema.scalars import SCALARS

log = logging.getLogger(__name__)

_outages = CountedLog(log, "%d errors within a second because a part of the service is away")

EXPENSIVE = 300
"""Points from which an operation is compiled before it runs for the first time."""


class Executor(CompiledExecutor):
    """Enforces the ceilings of an operation, and notes in its context which executor ran it."""

    @classmethod
    def build(
        cls, schema: Any, document: Any, root_value: Any = None, context_value: Any = None, *args: Any, **options: Any
    ) -> Any:
        """Build as the base class does. Without introspection, errors suggest no names of the schema."""
        if isinstance(context_value, Context):
            options["hide_suggestions"] = not context_value.services.ceilings.introspection
        return super().build(schema, document, root_value, context_value, *args, **options)

    @property
    def is_expensive(self) -> bool:  # type: ignore[override]
        """Whether graphql-core would take longer to run the operation than compiling it takes."""
        price = self._price
        return price is not None and (price.points > EXPENSIVE or price.bytes > self._ceilings.response_bytes)

    @property
    def max_bytes(self) -> int | None:  # type: ignore[override]
        """The response ceiling in bytes; None if the price shows that the response cannot exceed it."""
        price = self._price
        return None if price is None or price.bytes <= self._ceilings.response_bytes else self._ceilings.response_bytes

    def too_large(self) -> Exception:
        return ResponseTooLarge(self._ceilings.response_bytes)

    def decided(self, *, compiled: bool) -> None:
        if isinstance(self.context_value, Context):
            self.context_value.executor = "compiled" if compiled else "reference"
            if not compiled and self.is_expensive and not self._introspects and not self.context_value.is_trusted:
                raise QueryTooComplex(
                    "The operation selects too many different fields. Split it into several operations."
                )

    def _plan(self) -> Plan | None:
        with self.context_value.metered() if isinstance(self.context_value, Context) else nullcontext():
            return super()._plan()

    def execute_operation(self, serially: bool | None = None) -> Any:  # noqa: FBT001 as in graphql-core
        if not isinstance(self.context_value, Context):
            return super().execute_operation(serially)
        is_mutation = self.operation.operation is OperationType.MUTATION
        seconds = self._ceilings.mutation_seconds if is_mutation else self._ceilings.query_seconds
        with deadline.within(seconds):
            result = super().execute_operation(serially)
        return _in_time(result, seconds) if self.is_awaitable(result) else result

    @property
    def _price(self) -> Price | None:
        return self.context_value.price if isinstance(self.context_value, Context) else None

    @property
    def _ceilings(self) -> Ceilings:
        ceilings: Ceilings = self.context_value.services.ceilings
        return ceilings

    @property
    def _introspects(self) -> bool:
        fragments = {name: each.definition for name, each in self.fragments.items()}
        return introspects(self.operation, fragments)


class Reference(Executor):
    """An executor that runs every operation with graphql-core."""

    runs_before_compiling = 2**63
    is_expensive = False


async def _in_time(result: Awaitable[CoreResult], seconds: float) -> CoreResult:
    try:
        return await deadline.enforced(result, seconds)
    except deadline.Expired:
        error = OperationTimeout(seconds)
        return CoreResult(None, [GraphQLError(str(error), original_error=error)])


class Api(strawberry.Schema):
    """The schema. Errors have a code and a request ID, and reveal nothing internal."""

    documents: Documents
    persisted: PersistedQueries | None

    async def execute(self, *args: Any, **options: Any) -> ExecutionResult:
        """Run a query or mutation. Subscriptions run by `subscribe`."""
        allowed = options.get("allowed_operation_types") or StrawberryOperationType
        options["allowed_operation_types"] = set(allowed) - {StrawberryOperationType.SUBSCRIPTION}
        return await super().execute(*args, **options)

    def trust(self, text: str) -> str:
        """Register a trusted document; return its key. Raises the first error of an invalid document."""
        document = self.documents.get(text)
        if not document.is_valid:
            errors = validate_document(self._schema, document.node, tuple(specified_rules))
            if errors:
                raise errors[0]
            self.documents.keep(document)
        document = self.documents.trust(text)
        if self.execution_context_class is Executor:
            warm(self, document.node)
        return document.key

    async def run(
        self,
        document: Document,
        context: Context,
        *,
        operation_name: str | None,
        variables: dict[str, Any],
        extensions: Mapping[str, Any] | None,
        allowed: set[StrawberryOperationType],
    ) -> ExecutionResult:
        """Run an operation of a trusted document as `execute` does of a text, with the same checks and errors.

        Raises InvalidOperationTypeError for what is not `allowed`, and for what is subscribed to;
        CannotGetOperationTypeError for an operation that is not there.
        """
        operation = document.operation(operation_name)
        if operation is None and operation_name is not None:
            raise CannotGetOperationTypeError(operation_name)
        if operation is not None:
            kind = StrawberryOperationType(operation.operation.value)
            if kind not in allowed - {StrawberryOperationType.SUBSCRIPTION}:
                raise InvalidOperationTypeError(kind)
        result: CoreResult | ExecutionResult
        try:
            async with admission(self._schema, context, document, operation_name, variables):
                executor: Any = self.execution_context_class.build(
                    self._schema,
                    document.node,
                    context_value=context,
                    raw_variable_values=variables,
                    operation_name=operation_name,
                    is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
                    operation_extensions=extensions,
                )
                if isinstance(executor, list):
                    result = ExecutionResult(None, executor)
                else:
                    result = await await_maybe(executor.execute_operation())
        except Exception as error:
            whole = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
            result = ExecutionResult(None, [whole])
        present(result.errors or (), context.request_id)
        return ExecutionResult(result.data, result.errors, told(context, extensions))

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        context = execution_context.context if execution_context else None
        request_id = context.request_id if isinstance(context, Context) else None
        present(errors, request_id)


def present(errors: Iterable[GraphQLError], request_id: str | None) -> None:
    """Give `errors` their public form. Faults of the server are logged, once per cause, and masked."""
    logged: set[int] = set()
    for error in errors:
        if "requestId" not in (error.extensions or {}):
            _present(error, request_id, logged)


def _present(error: GraphQLError, request_id: str | None, logged: set[int]) -> None:
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, ApiError):
        error.message, extensions = str(cause), cause.extensions
    elif isinstance(cause, GraphQLError):
        extensions = {"code": "BAD_USER_INPUT"}
    elif isinstance(cause, CannotGetOperationTypeError):
        error.message, extensions = cause.as_http_error_reason(), {"code": "BAD_USER_INPUT"}
    elif isinstance(cause, InvalidOperationTypeError):
        error.message, extensions = (
            "This type of operation is not allowed with this kind of request. Send mutations by POST, and "
            "subscriptions over a WebSocket or as server-sent events.",
            {"code": "BAD_USER_INPUT"},
        )
    elif is_outage(cause):
        if not _outages.note():
            log.warning("request %s: a part of the service is away: %r", request_id, cause)
        unavailable = Unavailable()
        error.message, extensions = str(unavailable), unavailable.extensions
    else:
        if id(cause) not in logged:
            path = ".".join(map(str, error.path or ()))
            log.error("request %s: %s failed", request_id, path or "the operation", exc_info=cause)
        logged.add(id(cause))
        error.message, extensions = INTERNAL_MESSAGE, {"code": "INTERNAL"}
    error.extensions = {**extensions, "requestId": request_id}


def build(*, compiled: bool = True, only_trusted: bool = False, persisted: bool = True) -> Api:
    """Build the schema with its extensions. A process builds one.

    Unless `compiled`, graphql-core runs all operations. With `only_trusted`, documents that are not are refused.
    With `persisted`, clients may register documents (automatic persisted queries).
    """
    kept, registered = Documents(read), PersistedQueries() if persisted and not only_trusted else None
    types: Sequence[type] = (Photo, Video, *EVENTS)
    api = Api(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=types,
        extensions=[lambda: Operation(kept, registered, only_trusted=only_trusted)],
        execution_context_class=Executor if compiled else Reference,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    api.documents, api.persisted = kept, registered
    return api
