"""Parsing of GraphQL requests, the same for every transport: a document by its text or hash, and its parameters."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson
from graphql import GraphQLError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from kit.errors import (
    ApiError,
    ApiErrorCode,
    OperationTimeout,
    Overloaded,
    RateLimited,
    ResponseTooLarge,
    Unauthenticated,
    Unavailable,
)
from kit.execution.document_store import key_of
from resolvers.context import Context


class Wrong(Exception):
    """The request is not a GraphQL request; the message says why."""


class Unknown(Exception):
    """There is no document with the hash that was sent."""

    def __init__(self, *, is_supported: bool) -> None:
        """`is_supported` says whether any document can be asked for by its hash."""
        super().__init__()
        self._is_supported = is_supported

    def errors(self, request_id: str) -> list[dict[str, Any]]:
        """In the form that Apollo's clients look for: they send the text, in the second case from now on."""
        if self._is_supported:
            return [error("PersistedQueryNotFound", request_id, "PERSISTED_QUERY_NOT_FOUND")]
        return [error("PersistedQueryNotSupported", request_id, "PERSISTED_QUERY_NOT_SUPPORTED")]


@dataclass(frozen=True)
class Asked:
    """An operation to be run. With `registers`, its document is stored under its hash."""

    text: str
    name: str | None
    variables: dict[str, Any]
    extensions: dict[str, Any] | None
    registers: bool


def asked(api: Any, given: Any, network: str) -> Asked:
    """Return the operation of a request's parameters, sent from a network. Raises Wrong and Unknown."""
    if not isinstance(given, dict):
        raise Wrong("Invalid request: expected a JSON object.")
    key = document_key(given)
    text = given.get("query")
    if key is not None:
        document = api.documents.trusted(key)
        text = document.text if document is not None else persisted_text(api, key, network)
    if not isinstance(text, str):
        raise Wrong("Invalid request: expected `query` (a string) or `documentId`.")
    name, variables = typed(given, "operationName", str), typed(given, "variables", dict)
    return Asked(text, name, variables or {}, typed(given, "extensions", dict), registers(given))


def persisted_text(api: Any, key: str, network: str) -> str:
    """Return the registered text with that hash. Raises Unknown."""
    if api.persisted is None:
        # Clients that get "not supported" stop sending hashes, including those of trusted documents.
        raise Unknown(is_supported=api.documents.has_trusted)
    text: str | None = api.persisted.get(key, network)
    if text is None:
        raise Unknown(is_supported=True)
    return text


def registers(given: Mapping[str, Any]) -> bool:
    """Return whether a request sends a text together with its hash, to register it."""
    extensions = given.get("extensions")
    return isinstance(given.get("query"), str) and isinstance(extensions, dict) and "persistedQuery" in extensions


def document_key(given: Mapping[str, Any]) -> str | None:
    """Return the SHA-256 of the requested document; None if its text is sent. Raises Wrong."""
    key = given.get("documentId")
    extensions = given.get("extensions")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    if key is None and persisted is not None:
        key = persisted.get("sha256Hash") if isinstance(persisted, dict) else ""
    if key is None:
        return None
    if not isinstance(key, str) or not key:
        raise Wrong("Invalid document ID: expected the SHA-256 hash of the document.")
    key = key.removeprefix("sha256:").lower()
    text = given.get("query")
    if text is None:
        return key
    if not isinstance(text, str) or key_of(text) != key:
        raise Wrong("The hash does not match the document sent with it.")
    return None


def typed(given: Mapping[str, Any], name: str, kind: type) -> Any:
    """Return the parameter `name`, of the type `kind`, or None if it is missing. Raises Wrong."""
    value = given.get(name)
    if value is not None and not isinstance(value, kind):
        wanted = "a string" if kind is str else "an object"
        raise Wrong(f"Invalid request: `{name}` must be {wanted} or null.")
    return value


ANY = set(OperationType)


async def run(
    api: Any, operation: Asked, context: Context, allowed: set[OperationType] = ANY
) -> AsyncGenerator[ExecutionResult]:
    """Run the operation: one result, or a stream of results."""
    context.registers = operation.registers
    results = await api.stream(
        operation.text,
        operation.variables,
        context,
        operation_name=operation.name,
        operation_extensions=operation.extensions,
        allowed_operation_types=allowed,
    )
    async with aclosing(results):
        async for result in results:
            yield result


def is_brief(api: Any, operation: Asked) -> bool:
    """Return whether the operation, which has begun, has a single result."""
    try:
        node = api.documents.get(operation.text).operation(operation.name)
    except (GraphQLError, ApiError):
        return True
    return node is None or node.operation.value != OperationType.SUBSCRIPTION.value


_CAPACITY = {Overloaded.code, RateLimited.code}
_TRANSIENT = {ApiError.code, OperationTimeout.code, Unavailable.code} | _CAPACITY


def is_refused(result: ExecutionResult) -> bool:
    """Return whether an operation was refused for lack of capacity or budget."""
    return result.data is None and not _codes(result).isdisjoint(_CAPACITY)


class Break(Enum):
    """Why a stream must end. Its client does not get the result that says so."""

    EXPIRED = "the access token has expired"
    SIGNED_OUT = "the session has ended"
    FAILED = "an event could not be delivered for a reason that passes"


def broken_by(api: Any, operation: Asked, context: Context, result: ExecutionResult) -> Break | None:
    """Why the operation's stream must break off here; None where the result is to be sent.

    An event that fails as a whole, or in part while a part of the service is away, takes its cursor with it: a client
    that was sent the error would go on after an event that it has never seen. One that connects again with its last
    cursor misses nothing. Queries and mutations are answered whatever their errors, unless they were refused because
    the token has expired.
    """
    codes = {str((error.extensions or {}).get("code")) for error in result.errors or ()}
    if result.data is not None and Unavailable.code not in codes:
        return None
    access = context.access
    if access is not None and Unauthenticated.code in codes:
        reason = Break.EXPIRED if access.expires_at <= context.now else Break.SIGNED_OUT
    elif codes.isdisjoint(_TRANSIENT):
        return None
    else:
        reason = Break.FAILED
    return reason if reason is Break.EXPIRED or not is_brief(api, operation) else None


def _codes(result: ExecutionResult) -> set[str]:
    """The codes of errors that belong to no field."""
    return {str((error.extensions or {}).get("code")) for error in result.errors or () if not error.path}


def formatted(result: ExecutionResult) -> dict[str, Any]:
    """A result as it is sent."""
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        answer["extensions"] = result.extensions
    return answer


def encoded(answer: Any, request_id: str, max_bytes: int) -> bytes:
    """Return one or more results as JSON; the error RESPONSE_TOO_LARGE instead if it is larger than `max_bytes`."""
    body = orjson.dumps(answer)
    if len(body) <= max_bytes:
        return body
    refusal = ResponseTooLarge(max_bytes)
    return orjson.dumps({"data": None, "errors": [error(str(refusal), request_id, refusal.code)]})


def error(message: str, request_id: str, code: ApiErrorCode) -> dict[str, Any]:
    """An error that belongs to no field."""
    return {"message": message, "extensions": {"code": code, "requestId": request_id}}
