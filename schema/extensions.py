"""What happens around every operation: what it may ask for, and a fresh context."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import strawberry
from graphql import DocumentNode, GraphQLSyntaxError, OperationDefinitionNode, get_operation_ast, parse
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from kit import documents
from kit.errors import BadUserInput, QueryTooComplex, Unauthenticated
from resolvers.context import Context

BOUNDS = documents.Bounds()
PRICES = documents.Prices()


class Admitted:
    """The documents seen last, parsed and within bounds, by the SHA-256 of their text. `valid` once that is known."""

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._documents: OrderedDict[bytes, DocumentNode] = OrderedDict()
        self._valid: set[bytes] = set()

    def get(self, text: str) -> tuple[bytes, DocumentNode]:
        """Parse and measure `text`, or remember that it was. Raises QueryTooComplex, GraphQLSyntaxError."""
        key = hashlib.sha256(text.encode(errors="replace")).digest()
        document = self._documents.get(key)
        if document is None:
            try:
                document = parse(text, max_tokens=BOUNDS.tokens)
            except GraphQLSyntaxError as error:
                if "contains more than" in error.message:
                    raise QueryTooComplex(f"A document may have at most {BOUNDS.tokens:,} tokens.") from None
                raise
            documents.check(document, BOUNDS)
        self._documents[key] = document
        self._documents.move_to_end(key)
        while len(self._documents) > self._size:
            old, _ = self._documents.popitem(last=False)
            self._valid.discard(old)
        return key, document

    def is_valid(self, key: bytes) -> bool:
        """Whether the document was found valid."""
        return key in self._valid

    def validated(self, key: bytes) -> None:
        """The document is valid."""
        if key in self._documents:
            self._valid.add(key)


class Operation(SchemaExtension):
    """Admits a document, prices the operation, and gives it a context of its own."""

    def __init__(self, admitted: Admitted) -> None:
        self._admitted = admitted
        self._key = b""
        self._cost: int | None = None

    def on_operation(self) -> Iterator[None]:
        # A socket's context outlives its operations; what they load must not.
        context: Context = self.execution_context.context
        self.execution_context.context = context.afresh()
        yield

    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        if execution.query:
            self._key, execution.graphql_document = self._admitted.get(execution.query)
        yield

    def on_validate(self) -> Iterator[None]:
        if self._admitted.is_valid(self._key):
            self.execution_context.pre_execution_errors = []
        yield
        if not self.execution_context.pre_execution_errors:
            self._admitted.validated(self._key)

    def on_execute(self) -> Iterator[None]:
        execution = self.execution_context
        context: Context = execution.context
        document = execution.graphql_document
        # Strawberry would run the first of several; the specification has the client say which.
        operation = get_operation_ast(document, execution._provided_operation_name) if document else None
        if document is None or not isinstance(operation, OperationDefinitionNode):
            raise BadUserInput("Say which operation of the document to run.")
        if context.access is not None and context.access.expires_at <= context.now:
            # A socket outlives the token it was opened with; what it may do does not.
            context.access, context.token_refused = None, True
        if context.token_refused and execution.operation_type is not OperationType.MUTATION:
            raise Unauthenticated("The access token has run out, or is not one of ours.")
        self._cost = self._priced(document, operation)
        if self._cost > context.services.max_cost:
            raise QueryTooComplex(
                f"This operation costs {self._cost:,}, and one may cost {context.services.max_cost:,}: "
                "ask for fewer items or fields."
            )
        yield

    def get_results(self) -> dict[str, Any]:
        """`extensions.cost` for whoever sent `"extensions": {"cost": true}`."""
        wanted = (self.execution_context.operation_extensions or {}).get("cost")
        return {"cost": self._cost} if wanted and self._cost is not None else {}

    def _priced(self, document: DocumentNode, operation: OperationDefinitionNode) -> int:
        schema = self.execution_context.schema
        assert isinstance(schema, strawberry.Schema)
        variables = self.execution_context.variables or {}
        return documents.cost(schema._schema, document, operation, variables, PRICES)
