"""Load shedding before a request is parsed: a bounded number of requests is processed at a time.

This is the outer of two limits. It knows a path and a few headers. Without a free place it refuses with prepared bytes,
at a fraction of the cost of processing. The inner limit, the gate in `schema/extensions`, knows the viewer and the
operation.
"""

import asyncio
import logging
import random
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from kit.addresses import network_of
from kit.counted_log import CountedLog
from kit.errors import RETRY_AFTER_S, BadUserInput, Overloaded, Unavailable

log = logging.getLogger(__name__)

BODY_TIMEOUT_S = 20.0
"""Timeout in seconds between parts of a request body."""
WHOLE_BODY_TIMEOUT_S = 30.0
"""Timeout in seconds for a whole request body."""

UPLOADING_FACTOR = 8
"""Requests whose body is still being sent may be that many times as many: they wait for a client, not for us.

One network may have as many as can be processed at once, except a trusted proxy, which stands for many clients.
"""

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024
"""Of the names and values of all headers and the query string of one request: what nginx-api.conf lets pass."""

_RESPONSE_JSON = b"application/graphql-response+json"


@dataclass
class Ring:
    """A bound on the requests of a kind: how many are `working`, and how many more are still being sent.

    `uploading_of` are the latter by network. None stands for those that are not counted so.
    """

    limit: int
    working: int = 0
    uploading: int = 0
    uploading_of: Counter[str | None] = field(default_factory=Counter)

    @property
    def is_full(self) -> bool:
        """Return whether one more request has to be refused."""
        return self.working >= self.limit

    def is_full_of_bodies(self, network: str | None) -> bool:
        """Return whether one more request of this network has to be refused unless its body has arrived."""
        return self.uploading >= self.limit * UPLOADING_FACTOR or (
            network is not None and self.uploading_of[network] >= self.limit
        )

    def begin_upload(self, network: str | None) -> None:
        """Record that a request in progress waits for the rest of its body."""
        self.working -= 1
        self.uploading += 1
        self.uploading_of[network] += 1

    def end_upload(self, network: str | None) -> None:
        """Record that a request has received its whole body, and is in progress again."""
        self.working += 1
        self.uploading -= 1
        self.uploading_of[network] -= 1
        if not self.uploading_of[network]:
            del self.uploading_of[network]


class LoadShedding:
    """ASGI middleware, the outermost.

    A request has a place from its arrival until its answer begins: what is streamed, or read slowly, holds none. While
    its body is still on its way it is counted apart, so that slow senders cannot take the places of others. A
    WebSocket has a place until its handshake is answered. A place that becomes free can be taken in the next turn of
    the event loop: a burst that was read from many sockets in one turn cannot pass one after the other.

    Media has a ring of its own. It waits for object storage, with other times than the API's; neither must be able to
    take the places of the other. CORS preflights are answered from memory and are never refused: a browser would
    report a refusal as a wrong origin.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limit: int,
        media_limit: int,
        outside: Mapping[str, ASGIApp],
        is_serving: Callable[[], bool] = lambda: True,
        origins: Collection[str] = (),
        proxies: str = "",
    ) -> None:
        """`outside` are applications by path that are always served; pages of `origins` may read a refusal.

        Unless `is_serving()`, everything else but media is refused with UNAVAILABLE. Requests of many clients come from
        the addresses of `proxies`, as uvicorn reads them.
        """
        self._app = app
        self._api, self._media = Ring(limit), Ring(media_limit)
        self._outside = outside
        self._is_serving = is_serving
        self._proxies = ProxyHeadersMiddleware(app, proxies).trusted_hosts  # type: ignore[arg-type]
        self._origins = {origin.encode() for origin in origins}
        self._refusals = CountedLog(log, "refused %d requests within a second")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a handshake, or refuse it."""
        kind = scope["type"]
        if kind not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path in self._outside:
            await self._outside[path](scope, receive, send)
            return
        if _is_oversized(scope):
            await (_refuse_headers if kind == "http" else _refuse_socket_headers)(scope, receive, send)
            return
        if scope.get("method") == "OPTIONS":
            await self._app(scope, receive, send)
            return
        ring = self._media if path.startswith("/media/") else self._api
        if ring.is_full or (ring is self._api and not self._is_serving()):
            self._refusals.note()
            await (self._refuse if kind == "http" else _refuse_socket)(scope, receive, send)
            return
        network = self._network(scope)
        if kind == "http" and ring.is_full_of_bodies(network) and _has_body(scope):
            body = await _whole_body(receive)
            if body is None:
                self._refusals.note()
                await self._refuse(scope, receive, send)
                return
            receive = _begun(body, receive)
        place = _Place(ring, network, receive, send)
        try:
            await self._app(scope, place.receive if kind == "http" else receive, place.send)
        finally:
            place.release()

    def _network(self, scope: Scope) -> str | None:
        client = scope.get("client")
        return None if client is None or client[0] in self._proxies else network_of(client[0])

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = accept = b""
        for name, value in scope["headers"]:
            if name == b"origin":
                origin = value
            elif name == b"accept":
                accept = value
        refusals = _REFUSALS if self._is_serving() else _OUTAGES
        request_id, (retry_after, before, after) = secrets.token_hex(8).encode(), random.choice(refusals)
        body = before + request_id + after
        headers = [
            (b"content-type", _RESPONSE_JSON if _RESPONSE_JSON in accept else b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"retry-after", retry_after),
            (b"cache-control", b"no-store"),
            (b"vary", b"accept, origin"),
            (b"x-request-id", request_id),
        ]
        if origin in self._origins or b"*" in self._origins:
            headers.append((b"access-control-allow-origin", origin))
            headers.append((b"access-control-expose-headers", b"retry-after, x-request-id"))
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _refuse_socket(scope: Scope, receive: Receive, send: Send) -> None:
    retry_after = str(random.choice(RETRY_AFTER_S)).encode()
    await _refuse_handshake(scope, send, 503, (b"retry-after", retry_after))


async def _refuse_socket_headers(scope: Scope, receive: Receive, send: Send) -> None:
    await _refuse_handshake(scope, send, 431)


async def _refuse_handshake(scope: Scope, send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    if "websocket.http.response" in scope.get("extensions", {}):
        start = {"status": status, "headers": [*headers, (b"content-length", b"0")]}
        await send({"type": "websocket.http.response.start", **start})
        await send({"type": "websocket.http.response.body", "body": b""})
    else:
        await send({"type": "websocket.close"})  # before it is accepted, which answers the handshake with 403


def _has_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


async def _whole_body(receive: Receive) -> Message | None:
    """Return the message with the whole body of a request, if it has arrived."""
    try:
        async with asyncio.timeout(0):
            message = await receive()
    except TimeoutError:
        return None
    return None if message.get("more_body", False) else message


def _begun(first: Message, receive: Receive) -> Receive:
    """Return a `receive` that first returns `first`, which was received already."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return first

    return again


def _is_oversized(scope: Scope) -> bool:
    """Return whether a request has too many headers, or too long ones."""
    headers = scope["headers"]
    if len(headers) > MAX_HEADERS:
        return True
    total = len(scope.get("query_string", b""))
    for name, value in headers:
        total += len(name) + len(value)
    return total > MAX_HEADER_BYTES


_HEADERS_MESSAGE = (
    f"The request headers are too large (limit: {MAX_HEADERS} headers, {MAX_HEADER_BYTES // 1024} KiB in total)."
)
_HEADERS_BODY = (
    f'{{"errors":[{{"message":"{_HEADERS_MESSAGE}","extensions":{{"code":"{BadUserInput.code}","requestId":"'
).encode()


async def _refuse_headers(scope: Scope, receive: Receive, send: Send) -> None:
    request_id = secrets.token_hex(8).encode()
    body = _HEADERS_BODY + request_id + b'"}}]}'
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-request-id", request_id),
        # The server must not read the rest of this client's data.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 431, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _prepared(error: Overloaded | Unavailable, retry_after: int) -> tuple[bytes, bytes, bytes]:
    """Return `Retry-After`, and the body before and after the request ID."""
    before = (
        f'{{"errors":[{{"message":"{error}",'
        f'"extensions":{{"code":"{error.code}","retryAfter":{retry_after},"requestId":"'
    )
    return str(retry_after).encode(), before.encode(), b'"}}]}'


_REFUSALS = [_prepared(Overloaded(), seconds) for seconds in RETRY_AFTER_S]
_OUTAGES = [_prepared(Unavailable(), seconds) for seconds in RETRY_AFTER_S]


class BodyTimeout(Exception):
    """The client did not send the rest of a request body in time."""


class _Place:
    """The place of one request in a ring."""

    def __init__(self, ring: Ring, network: str | None, receive: Receive, send: Send) -> None:
        self._ring = ring
        self._network = network
        self._receive = receive
        self._send = send
        self._held = True
        self._arrived = False
        self._ends_at: float | None = None
        ring.working += 1

    async def receive(self) -> Message:
        """Return the next part of the body; while it is being sent the request does not count as in progress."""
        if self._arrived or not self._held:
            return await self._receive()
        now = asyncio.get_running_loop().time()
        if self._ends_at is None:
            self._ends_at = now + WHOLE_BODY_TIMEOUT_S
        self._ring.begin_upload(self._network)
        try:
            async with asyncio.timeout_at(min(now + BODY_TIMEOUT_S, self._ends_at)):
                message = await self._receive()
        except TimeoutError:
            raise BodyTimeout from None
        finally:
            self._ring.end_upload(self._network)
        self._arrived = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Send; release the place when the response begins."""
        self.release()
        await self._send(message)

    def release(self) -> None:
        """Release the place, once."""
        if self._held:
            self._held = False
            asyncio.get_running_loop().call_soon(self._free)

    def _free(self) -> None:
        self._ring.working -= 1
