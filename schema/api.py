"""The one schema."""

import logging
from collections.abc import Sequence
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from kit.errors import ApiError
from kit.execution import CompiledExecutor
from resolvers.context import Context
from schema.extensions import Admitted, Operation
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription
from schema.types.media import Photo

log = logging.getLogger(__name__)


class Api(strawberry.Schema):
    """Errors as the contract promises them: a code, a request id, and nothing of the server's inside."""

    async def execute(self, *args: Any, **options: Any) -> ExecutionResult:
        """Queries and mutations. What is subscribed to comes over a WebSocket, by `subscribe`."""
        allowed = options.get("allowed_operation_types") or OperationType
        options["allowed_operation_types"] = set(allowed) - {OperationType.SUBSCRIPTION}
        return await super().execute(*args, **options)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        context = execution_context.context if execution_context else None
        request_id = context.request_id if isinstance(context, Context) else None
        for error in errors:
            present(error, request_id)


def present(error: GraphQLError, request_id: str | None) -> None:
    """Make `error` fit to be shown; what is the server's fault is logged, once, and masked."""
    if "requestId" in (error.extensions or {}):
        return
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, ApiError):
        error.message, extensions = str(cause), cause.extensions
    elif isinstance(cause, GraphQLError):
        extensions = {"code": "BAD_USER_INPUT"}
    else:
        path = ".".join(map(str, error.path or ()))
        log.error("request %s: %s failed", request_id, path or "the operation", exc_info=cause)
        error.message, extensions = "Something went wrong on our side.", {"code": "INTERNAL"}
    error.extensions = {**extensions, "requestId": request_id}


def build(*, compiled: bool = True) -> Api:
    """The schema with its extensions; a process builds one. Unless `compiled`, graphql-core runs all operations."""
    admitted = Admitted()
    types: Sequence[type] = (Photo,)
    return Api(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=types,
        extensions=[lambda: Operation(admitted)],
        execution_context_class=CompiledExecutor if compiled else None,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
