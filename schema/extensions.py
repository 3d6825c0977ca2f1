"""Admission of operations: size, price, budgets, and a place in the gate."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
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
    validate,
)
from strawberry.extensions import SchemaExtension

from kit.errors import ApiError, BadUserInput, Forbidden, Overloaded, QueryTooComplex, RateLimited, Unauthenticated
from kit.execution import limits
from kit.execution.document_store import Document, Documents, Terms, key_of
from kit.execution.persisted import PersistedQueries
from kit.prices import Price, pricing
from resolvers.context import POINTS_PER_OPERATION, Context
from schema.priorities import place

BOUNDS = limits.Bounds()
MAX_TEXT = 64 * 1024
MAX_VARIABLE_VALUES = 2000
POINTS_PER_VALUE = 5
"""What a value in variables takes from budgets: each is coerced and converted before a resolver sees it."""


POINTS_PER_REGISTRATION = 300
"""What registering a document takes from budgets, besides reading it: it pushes out another one in time."""


def read(text: str) -> DocumentNode:
    """Parse and measure a document. Raises QueryTooComplex, GraphQLSyntaxError."""
    if len(text) > MAX_TEXT:
        raise QueryTooComplex(
            f"The document is too long (limit: {MAX_TEXT:,} characters). Send long values as variables."
        )
    try:
        document = parse(text, max_tokens=BOUNDS.tokens)
    except GraphQLSyntaxError as error:
        if "contains more than" in error.message:
            raise QueryTooComplex(
                f"The document has too many tokens (limit: {BOUNDS.tokens:,}). Split it into several operations."
            ) from None
        raise
    limits.check(document, BOUNDS)
    return document


def admit(
    schema: GraphQLSchema, context: Context, document: Document, name: str | None, variables: Mapping[str, Any]
) -> Price:
    """Price an operation that may run, and take the price from the budgets of the viewer and the network.

    `name` selects one of a valid document's operations. Raises BadUserInput, Unauthenticated, Forbidden,
    QueryTooComplex, RateLimited.
    """
    # Strawberry would run the first of several; the specification has the client say which.
    operation = document.operation(name)
    if operation is None:
        raise BadUserInput("`operationName` must name an operation of the document.")
    if context.access is not None and context.access.expires_at <= context.now:
        # A socket outlives the token it was opened with; what it may do does not.
        context.access, context.token_refused = None, True
    if context.token_refused and operation.operation is not OperationType.MUTATION:
        raise Unauthenticated("The access token has expired or is not valid. Call `refreshSession` for a new one.")
    terms = document.terms.get(name)
    if terms is None:
        asks_for_schema = limits.introspects(operation, limits.fragments_of(document.node))
        terms = document.terms[name] = Terms(pricing(schema, document.node, operation), asks_for_schema)
    ceilings = context.services.ceilings
    if terms.introspects and not ceilings.introspection:
        raise Forbidden("Introspection is disabled on this server.")
    values = _count_values(variables)
    if values > MAX_VARIABLE_VALUES:
        raise QueryTooComplex(f"The variables contain too many values (limit: {MAX_VARIABLE_VALUES:,}).")
    context.is_trusted = document.is_trusted
    price = context.price = terms.pricing(variables)
    if price.points > ceilings.points:
        raise QueryTooComplex(
            f"This operation costs {price.points:,} points, and one may cost {ceilings.points:,}: "
            "ask for fewer items or fields."
        )
    context.charged = POINTS_PER_OPERATION + ceilings.charge(price) + values * POINTS_PER_VALUE
    context.charge(context.charged)
    return price


def _count_values(variables: Any) -> int:
    """The number of values in variables, including objects and lists. Counting stops above MAX_VARIABLE_VALUES."""
    pending, count = [variables], 0
    while pending and count <= MAX_VARIABLE_VALUES:
        value = pending.pop()
        count += 1
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    return count


@asynccontextmanager
async def admission(
    schema: GraphQLSchema, context: Context, document: Document, name: str | None, variables: Mapping[str, Any]
) -> AsyncIterator[None]:
    """Admit one operation and hold its place while it runs.

    Every operation passes here, over every transport: as a text, as a trusted document, over a socket. A subscription
    holds its place until its stream has begun. Raises what `admit` raises, and Overloaded.
    """
    price = admit(schema, context, document, name, variables)
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(place(context, document, name, variables, price.points))
        except Overloaded:
            context.refund()
            raise
        yield


def _empty(name: str | None) -> DocumentNode:
    """A placeholder for a document that cannot be read: an operation of that name without fields."""
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=NameNode(value=name) if name is not None else None,
        selection_set=SelectionSetNode(selections=()),
    )
    return DocumentNode(definitions=(operation,))


def told(context: Context, wanted: Mapping[str, Any] | None) -> dict[str, Any]:
    """The `extensions` of a response, as far as the request `wanted` them: `cost` and `executor`."""
    facts = {"cost": _cost(context), "executor": context.executor}
    return {name: fact for name, fact in facts.items() if fact is not None and wanted and wanted.get(name)}


def _cost(context: Context) -> dict[str, Any] | None:
    if context.price is None:
        return None
    cost: dict[str, Any] = {
        "points": context.price.points,
        "limit": context.services.ceilings.points,
        "bytes": context.price.bytes,
    }
    if context.budget is not None:
        left = context.budget
        cost["budget"] = {"limit": left.limit, "remaining": left.remaining, "resetAfter": left.reset_after}
    return cost


class Operation(SchemaExtension):
    """Admits a document, prices the operation, and gives it a context of its own."""

    def __init__(self, kept: Documents, persisted: PersistedQueries | None, *, only_trusted: bool) -> None:
        self._kept = kept
        self._persisted = persisted
        self._only_trusted = only_trusted
        self._document: Document | None = None
        self._refusal: GraphQLError | None = None

    def on_operation(self) -> Iterator[None]:
        # A socket's context outlives its operations; what they load must not.
        context: Context = self.execution_context.context
        self.execution_context.context = context.fresh_copy()
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
        document = self._document
        with self.execution_context.context.metered() if document and not document.is_valid else nullcontext():
            yield from self._validate()

    def _validate(self) -> Iterator[None]:
        execution = self.execution_context
        if self._refusal is not None:
            execution.pre_execution_errors = [self._refusal]
        elif self._document is not None and self._document.is_valid:
            execution.pre_execution_errors = []
        elif self._document is not None and not execution.context.services.ceilings.introspection:
            # A suggestion ("Did you mean ...") would tell of the schema, name by name.
            schema: Any = execution.schema
            execution.pre_execution_errors = validate(schema._schema, self._document.node, hide_suggestions=True)
        yield
        if self._document is not None and not execution.pre_execution_errors:
            self._kept.keep(self._document)
            if execution.context.registers and self._persisted is not None:
                self._register(self._persisted, self._document, execution.context)

    def _register(self, persisted: PersistedQueries, document: Document, context: Context) -> None:
        """Register the document by its hash, unless the client's budget is spent."""
        if document.key not in persisted:
            try:
                context.charge(POINTS_PER_REGISTRATION)
            except RateLimited:
                return
        persisted.add(document.key, document.text, context.network)

    def _get(self, text: str) -> Document:
        if not self._only_trusted:
            context: Context = self.execution_context.context
            if (known := self._kept.find(text)) is not None:
                return known
            context.charge(1)  # refuses a client whose budget is spent before there is work
            with context.metered():
                return self._kept.get(text)
        found = self._kept.trusted(key_of(text))
        if found is None:
            raise BadUserInput("This server accepts only registered documents.")
        return found

    async def on_execute(self) -> AsyncIterator[None]:
        execution = self.execution_context
        schema = execution.schema
        assert self._document is not None
        assert isinstance(schema, strawberry.Schema)
        name, variables = execution._provided_operation_name, execution.variables or {}
        async with admission(schema._schema, execution.context, self._document, name, variables):
            yield

    def get_results(self) -> dict[str, Any]:
        """The extensions that a request asks for with `"extensions": {"cost": true, "executor": true}`."""
        return told(self.execution_context.context, self.execution_context.operation_extensions)
