"""GraphQL over HTTP: Strawberry's view, with this product's context, limits and errors."""

import json
import logging
import re
import secrets
from typing import Any

import orjson
from cross_web import HTTPException
from isal import igzip
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from kit.errors import INTERNAL_MESSAGE, ApiErrorCode, OperationTimeout, Overloaded, ResponseTooLarge, Unavailable
from resolvers.context import Context, Services
from web.credentials import bearer_token
from web.operations import (
    ANY,
    Unknown,
    Wrong,
    asked,
    document_key,
    encoded,
    error,
    formatted,
    persisted_text,
    registers,
    typed,
)
from web.pages import graphiql
from web.shedding import BodyTimeout
from web.sse import MAX_STREAMS, STREAM, Ending, Streams, TooMany

log = logging.getLogger(__name__)

MAX_BODY = 256 * 1024
REQUEST_ID = "x-request-id"
COMPRESSED_FROM = 1400  # bytes: smaller responses fit into one packet anyway

_RESPONSE_JSON = "application/graphql-response+json"
_STOPPED = {OperationTimeout.code, ResponseTooLarge.code}


class GraphQLView(GraphQL[Context, None]):
    """The view of /graphql. One per process."""

    def __init__(self, schema: Any, services: Services, *, graphiql: bool = False) -> None:
        """With `graphiql`, browsers that open the address get that page."""
        super().__init__(
            schema,
            graphql_ide=None,
        )
        self._services = services
        self._has_graphiql = graphiql
        self._api = schema
        self.streams = Streams(schema)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, _bounded(receive))
        request_id = request.state.request_id = secrets.token_hex(8)
        try:
            response = await self._answer(request)
        except HTTPException as refusal:
            response = _refused(refusal.status_code, refusal.reason, request_id)
        except Wrong as wrong:
            response = _refused(400, str(wrong), request_id)
        except TooMany:
            response = _refused(
                429,
                f"Too many open event streams (limit: {MAX_STREAMS}). Close one before opening another.",
                request_id,
                "RATE_LIMITED",
            )
        except Ending:
            response = _restarting(request_id)
        except TooLarge:
            response = _refused(413, f"The request body is too large (limit: {MAX_BODY // 1024} KiB).", request_id)
        except ClientDisconnect:
            log.warning("request %s: the client closed the connection before its body had arrived", request_id)
            return
        except BodyTimeout:
            response = _refused(408, "The rest of the request body did not arrive in time.", request_id)
        except UnicodeDecodeError:
            response = _refused(400, "The request body cannot be read.", request_id)
        except Exception:
            log.exception("request %s failed", request_id)
            response = _refused(500, INTERNAL_MESSAGE, request_id, "INTERNAL")
        response.headers[REQUEST_ID] = request_id
        response.headers.setdefault("cache-control", "no-store")
        response.headers.setdefault("x-content-type-options", "nosniff")
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if self._has_graphiql and _is_browser(request):
            return await graphiql(request)
        given = await _given(request)
        if given is not None and _wants_events(request.headers.get("accept", "")):
            return await self._stream(request, given)
        key = document_key(given) if given is not None else None
        if given is None or key is None:
            request.state.registers = given is not None and registers(given)
            return await self.run(request)
        context = await self.get_context(request, Response())
        method: Any = request.method
        try:
            result = await self._run_by_key(key, given, context, OperationType.from_http(method))
        except Unknown as unknown:
            return self._respond(request, {"errors": unknown.errors(context.request_id)})
        except InvalidOperationTypeError as error:
            raise HTTPException(400, error.as_http_error_reason(method)) from error
        except CannotGetOperationTypeError as error:
            raise HTTPException(400, error.as_http_error_reason()) from error
        return self._respond(request, formatted(result))

    async def _run_by_key(
        self, key: str, given: dict[str, Any], context: Context, allowed: set[OperationType]
    ) -> ExecutionResult:
        """Run an operation of a trusted document, or of one that clients have registered. Raises Unknown."""
        name, extensions = typed(given, "operationName", str), typed(given, "extensions", dict)
        variables = typed(given, "variables", dict) or {}
        document = self._api.documents.trusted(key)
        result: ExecutionResult
        if document is not None:
            result = await self._api.run(
                document, context, operation_name=name, variables=variables, extensions=extensions, allowed=allowed
            )
        else:
            result = await self._api.execute(
                persisted_text(self._api, key, context.network),
                variables,
                context,
                operation_name=name,
                operation_extensions=extensions,
                allowed_operation_types=allowed,
            )
        return result

    async def _stream(self, request: Request, given: dict[str, Any]) -> Response:
        context = await self.get_context(request, Response())
        try:
            operation = asked(self._api, given, context.network)
        except Unknown as unknown:
            return self._respond(request, {"errors": unknown.errors(context.request_id)})
        allowed = {OperationType.QUERY, OperationType.SUBSCRIPTION} if request.method == "GET" else ANY
        return self.streams.respond(operation, context, allowed)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        return _SubResponse(request)

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        assert isinstance(sub_response, _SubResponse)
        return self._respond(sub_response.request, response_data)

    def _respond(self, request: Request | WebSocket, answer: Any) -> Response:
        """Send an answer, or several, in the form that the client accepts.

        In `application/graphql-response+json` a request that could not be run at all is told by the status 400. An
        operation that gave nothing because the server is overloaded has the status 503 in either, with `Retry-After`.
        """
        if isinstance(answer, dict) and answer.get("data") is None and not _has_run(answer):
            answer.pop("data", None)
        status = 200
        media_type = "application/json"
        if _accepts(request.headers.get("accept", ""), _RESPONSE_JSON):
            media_type = _RESPONSE_JSON
            status = 200 if isinstance(answer, list) or "data" in answer else 400
        body = encoded(answer, request.state.request_id, self._services.ceilings.response_bytes)
        headers = {"vary": "accept, accept-encoding"}
        if (retry_after := _overloaded(answer)) is not None:
            status, headers["retry-after"] = 503, str(retry_after)
        response = Response(status_code=status, media_type=media_type, headers=headers)
        if len(body) >= COMPRESSED_FROM and _accepts(request.headers.get("accept-encoding", ""), "gzip"):
            body = igzip.compress(body, 1)
            response.headers["content-encoding"] = "gzip"
        response.headers["content-length"] = str(len(body))
        response.body = body
        return response

    def decode_json(self, data: str | bytes) -> object:
        try:
            decoded = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise json.JSONDecodeError("not JSON", "", 0) from error
        if not isinstance(decoded, (dict, list)):
            raise json.JSONDecodeError("not an object", "", 0)
        return decoded

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        return self.begin(request)

    def begin(self, connection: HTTPConnection) -> Context:
        """Return the context of a connection: the user is the one that its headers name."""
        address = connection.client.host if connection.client else "unknown"
        request_id = getattr(connection.state, "request_id", None) or secrets.token_hex(8)
        context = Context(self._services, request_id, address)
        context.registers = getattr(connection.state, "registers", False)
        self.identify(context, bearer_token(connection.headers.get("authorization", "")))
        return context

    def identify(self, context: Context, token: str | None) -> None:
        """Record the user of the access token in the context, or that it is not valid. None: the client sent none."""
        if token is None:
            return
        access = self._services.tokens.read_access(token)
        context.token_expired = access is not None and access.expires_at <= context.now
        context.access = None if context.token_expired else access
        context.token_refused = context.access is None


class TooLarge(Exception):
    """A request body over the limit."""


def _bounded(receive: Receive) -> Receive:
    total = 0

    async def bounded() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > MAX_BODY:
            raise TooLarge
        return message

    return bounded


class _SubResponse(Response):
    """Carries the request to the method where Strawberry creates the response."""

    def __init__(self, request: Request | WebSocket) -> None:
        super().__init__()
        self.request = request


async def _given(request: Request) -> dict[str, Any] | None:
    """Return the parameters of a request; None if Strawberry is to read, or refuse, them."""
    if request.method == "GET":
        written = dict(request.query_params)
        return written | {name: _object(written[name]) for name in ("variables", "extensions") if written.get(name)}
    if request.method != "POST" or _media_type(request.headers.get("content-type", "")) != "application/json":
        return None
    try:
        asked: Any = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return None
    return asked if isinstance(asked, dict) else None


def _object(text: str) -> Any:
    """Parse a parameter as Strawberry does. Raises HTTPException."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, (dict, list)):
        raise HTTPException(400, "Unable to parse request body as JSON")
    return found


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def _overloaded(answer: Any) -> int | None:
    """After how many seconds to retry an operation that gave no data for lack of capacity or of a part; else None."""
    if isinstance(answer, list) or answer.get("data") is not None:
        return None
    for each in answer.get("errors") or ():
        extensions = each.get("extensions") or {}
        if extensions.get("code") in (Overloaded.code, Unavailable.code):
            return int(extensions["retryAfter"])
    return None


def _has_run(answer: dict[str, Any]) -> bool:
    """Return whether fields were resolved: earlier errors have no path, and so has a stopped execution."""
    return any(
        "path" in error or error.get("extensions", {}).get("code") in _STOPPED for error in answer.get("errors", ())
    )


def _accepts(header: str, wanted: str) -> bool:
    """Whether the header of an Accept family names `wanted`, and not only to refuse it."""
    for part in header.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        if name == wanted and not any(re.fullmatch(r"q\s*=\s*0(\.0*)?", each) for each in parameters):
            return True
    return False


def _wants_events(accept: str) -> bool:
    """Whether a client takes events and nothing else: some name them at the end of what they take from everybody.

    docs/operations/nginx-api.conf has the same rule.
    """
    return _accepts(accept, STREAM) and not any(
        _accepts(accept, other) for other in ("application/json", _RESPONSE_JSON, "*/*", "application/*")
    )


def _is_browser(request: Request) -> bool:
    return (
        request.method == "GET"
        and "query" not in request.query_params
        and "documentId" not in request.query_params
        and "extensions" not in request.query_params
        and "text/html" in request.headers.get("accept", "")
    )


def _restarting(request_id: str) -> Response:
    overloaded = Overloaded()
    told = {
        "message": "This server is restarting. Connect again.",
        "extensions": {**overloaded.extensions, "requestId": request_id},
    }
    headers = {"retry-after": str(overloaded.retry_after)}
    return Response(orjson.dumps({"errors": [told]}), 503, headers, media_type="application/json")


def _refused(status: int, message: str, request_id: str, code: ApiErrorCode = "BAD_USER_INPUT") -> Response:
    body = orjson.dumps({"errors": [error(message, request_id, code)]})
    return Response(body, status, media_type="application/json")
