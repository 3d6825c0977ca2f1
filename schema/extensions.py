"""What happens around every operation: what it may ask for, and a fresh context."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
)
from strawberry.extensions import SchemaExtension

from kit import documents
from kit.errors import ApiError, BadUserInput, QueryTooComplex, Unauthenticated
from kit.execution.documents import Document, Documents, key_of
from resolvers.context import Context

BOUNDS = documents.Bounds()
PRICES = documents.Prices()


def read(text: str) -> DocumentNode:
    """Parse and measure a document. Raises QueryTooComplex, GraphQLSyntaxError."""
    try:
        document = parse(text, max_tokens=BOUNDS.tokens)
    except GraphQLSyntaxError as error:
        if "contains more than" in error.message:
            raise QueryTooComplex(f"A document may have at most {BOUNDS.tokens:,} tokens.") from None
        raise
    documents.check(document, BOUNDS)
    return document


def admit(
    schema: GraphQLSchema, context: Context, document: Document, name: str | None, variables: Mapping[str, Any]
) -> int:
    """The cost of an operation that may run. Raises BadUserInput, Unauthenticated, QueryTooComplex.

    `name` says which of a valid document's operations it is.
    """
    # Strawberry would run the first of several; the specification has the client say which.
    operation = document.operation(name)
    if operation is None:
        raise BadUserInput("Say which operation of the document to run.")
    if context.access is not None and context.access.expires_at <= context.now:
        # A socket outlives the token it was opened with; what it may do does not.
        context.access, context.token_refused = None, True
    if context.token_refused and operation.operation is not OperationType.MUTATION:
        raise Unauthenticated("The access token has run out, or is not one of ours.")
    if name not in document.costs:
        document.costs[name] = documents.price(schema, document.node, operation, PRICES)
    cost = document.costs[name](variables)
    if cost > context.services.max_cost:
        raise QueryTooComplex(
            f"This operation costs {cost:,}, and one may cost {context.services.max_cost:,}: "
            "ask for fewer items or fields."
        )
    return cost


@asynccontextmanager
async def admission(
    schema: GraphQLSchema, context: Context, document: Document, name: str | None, variables: Mapping[str, Any]
) -> AsyncIterator[int]:
    """Admit one operation and hold its place while it runs; yields its cost.

    Every operation passes here, over every transport: as a text, as a trusted document, over a socket. A subscription
    holds its place until its stream has begun. Raises what `admit` raises.
    """
    yield admit(schema, context, document, name, variables)


def _empty(name: str | None) -> DocumentNode:
    """A document in the place of one that cannot be read: with an operation of that name, which asks for nothing."""
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=NameNode(value=name) if name is not None else None,
        selection_set=SelectionSetNode(selections=()),
    )
    return DocumentNode(definitions=(operation,))


def told(context: Context, wanted: Mapping[str, Any] | None, cost: int | None) -> dict[str, Any]:
    """What an operation is told of itself in `extensions`, of what it `wanted` there: its cost, and its executor."""
    facts = {"cost": cost, "executor": context.executor}
    return {name: fact for name, fact in facts.items() if fact is not None and wanted and wanted.get(name)}


class Operation(SchemaExtension):
    """Admits a document, prices the operation, and gives it a context of its own."""

    def __init__(self, kept: Documents, *, only_trusted: bool) -> None:
        self._kept = kept
        self._only_trusted = only_trusted
        self._document: Document | None = None
        self._refusal: GraphQLError | None = None
        self._cost: int | None = None

    def on_operation(self) -> Iterator[None]:
        # A socket's context outlives its operations; what they load must not.
        context: Context = self.execution_context.context
        self.execution_context.context = context.afresh()
        yield

    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        if execution.query:
            try:
                self._document = self._get(execution.query)
                execution.graphql_document = self._document.node
            except GraphQLSyntaxError as error:
                # As itself it would have Strawberry close the socket, with all else that goes on over it.
                self._refusal = GraphQLError(error.message, source=error.source, positions=error.positions)
            except ApiError as error:
                # Raised from here it would end the operation of a socket without a word.
                self._refusal = GraphQLError(str(error), original_error=error)
            if self._refusal is not None:
                execution.graphql_document = _empty(execution._provided_operation_name)
        yield

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        if self._refusal is not None:
            execution.pre_execution_errors = [self._refusal]
        elif self._document is not None and self._document.is_valid:
            execution.pre_execution_errors = []
        yield
        if self._document is not None and not execution.pre_execution_errors:
            self._kept.keep(self._document)

    def _get(self, text: str) -> Document:
        if not self._only_trusted:
            return self._kept.get(text)
        found = self._kept.trusted(key_of(text))
        if found is None:
            raise BadUserInput("Only documents that have been registered are answered.")
        return found

    async def on_execute(self) -> AsyncIterator[None]:
        execution = self.execution_context
        schema = execution.schema
        assert self._document is not None
        assert isinstance(schema, strawberry.Schema)
        name, variables = execution._provided_operation_name, execution.variables or {}
        async with admission(schema._schema, execution.context, self._document, name, variables) as self._cost:
            yield

    def get_results(self) -> dict[str, Any]:
        """What whoever sent `"extensions": {"cost": true, "executor": true}` asked for."""
        return told(self.execution_context.context, self.execution_context.operation_extensions, self._cost)
