"""GraphQL over HTTP and WebSocket: Strawberry's view, with our context, our limits and our errors."""

import json
import logging
import secrets
from datetime import timedelta
from typing import Any

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from domain.accounts.tokens import Access
from resolvers.context import Context, Services
from web.pages import graphiql

log = logging.getLogger(__name__)

MAX_BODY = 256 * 1024
REQUEST_ID = "x-request-id"


class GraphQLView(GraphQL[Context, None]):
    """One per process."""

    def __init__(self, schema: Any, services: Services, allowed_origins: list[str]) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=timedelta(seconds=10),
            max_subscriptions_per_connection=50,
            allowed_origins=allowed_origins,
        )
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, _bounded(receive))
        request_id = request.state.request_id = secrets.token_hex(8)
        try:
            response = await graphiql(request) if _is_browser(request) else await self.run(request)
        except HTTPException as error:
            response = _refused(error.status_code, error.reason, request_id)
        except TooLarge:
            response = _refused(413, f"A request body may have at most {MAX_BODY // 1024} KiB.", request_id)
        except UnicodeDecodeError:
            response = _refused(400, "The request body cannot be read.", request_id)
        except Exception:
            log.exception("request %s failed", request_id)
            response = _refused(500, "Something went wrong on our side.", request_id, "INTERNAL")
        response.headers[REQUEST_ID] = request_id
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        address = request.client.host if request.client else "unknown"
        request_id = getattr(request.state, "request_id", None) or secrets.token_hex(8)
        context = Context(self._services, request_id, address)
        self._identify(context, request.headers.get("authorization"))
        return context

    async def on_ws_connect(self, context: Context) -> Any:
        parameters = context.connection_params
        if isinstance(parameters, dict):
            given = parameters.get("authorization") or parameters.get("Authorization")
            if given is not None:
                self._identify(context, given if isinstance(given, str) else "")
        if context.token_refused:
            raise ConnectionRejectionError({"code": "UNAUTHENTICATED"})
        return await super().on_ws_connect(context)

    def encode_json(self, data: object) -> str:
        # Bytes would go out as a binary frame, which no client of graphql-transport-ws reads.
        return orjson.dumps(data).decode()

    def decode_json(self, data: str | bytes) -> object:
        try:
            decoded = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise json.JSONDecodeError("not JSON", "", 0) from error
        if not isinstance(decoded, (dict, list)):
            raise json.JSONDecodeError("not an object", "", 0)
        return decoded

    def _identify(self, context: Context, header: str | None) -> None:
        """Note who the token names, or that one was sent which names nobody."""
        if header is None:
            return
        scheme, _, token = header.partition(" ")
        access: Access | None = None
        if scheme.lower() == "bearer":
            access = self._services.tokens.read_access(token.strip())
        context.access, context.token_refused = access, access is None


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


def _is_browser(request: Request) -> bool:
    return (
        request.method == "GET"
        and "query" not in request.query_params
        and "text/html" in request.headers.get("accept", "")
    )


def _refused(status: int, message: str, request_id: str, code: str = "BAD_USER_INPUT") -> Response:
    error = {"message": message, "extensions": {"code": code, "requestId": request_id}}
    return Response(orjson.dumps({"errors": [error]}), status, media_type="application/json")
