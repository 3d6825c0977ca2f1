"""Operations over WebSocket: the protocol graphql-transport-ws, and nothing else.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. One task reads a socket, and one more runs each of its
operations. A single task for the whole process handles pings and deadlines.
"""

import asyncio
import logging
import random
import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.types.execution import PreExecutionError

from kit.errors import INTERNAL_MESSAGE
from resolvers.context import Context
from web.credentials import UnusableCredentials, payload_token
from web.operations import (
    Asked,
    Break,
    Unknown,
    Wrong,
    asked,
    broken_by,
    encoded,
    error,
    formatted,
    is_brief,
    is_refused,
    run,
)

log = logging.getLogger(__name__)

PROTOCOL = "graphql-transport-ws"
INIT_WITHIN = 10.0
PING_AFTER = 20.0
PONG_WITHIN = 10.0
WRITE_WITHIN = 30.0
MAX_FRAME = 128 * 1024
MAX_OPERATIONS = 50
ANSWERS_WITHIN = 5.0
"""How long an ending socket waits for the results of queries and mutations, in seconds."""

TRY_AGAIN = 1013
"""graphql-ws connects again after this code. It does not after 1011, nor after most codes from 4400 on."""

UNAUTHORIZED = 4401
"""The client must not retry with these credentials: graphql-ws does not."""

FORBIDDEN = 4403
"""The access token has expired. graphql-ws connects again, and asks its `connectionParams` for a new one."""

CLOSINGS = {
    Break.EXPIRED: (FORBIDDEN, "Access token expired: connect again with a new one"),
    Break.SIGNED_OUT: (UNAUTHORIZED, "Session ended: sign in again"),
    Break.FAILED: (TRY_AGAIN, "The stream failed: connect again"),
}

MAX_SOCKETS = 20
"""The maximum for one user, or one signed-out network, in one process."""

MAX_WAITING = 20
"""Sockets of one network that have not sent `connection_init` yet, in one process."""


class SocketCloseError(Exception):
    """Closes a socket, with the code and the reason of its close frame."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


Begin = Callable[[WebSocket], Context]
Identify = Callable[[Context, str | None], None]


class Sockets:
    """All sockets of this process: an ASGI application. `run` must run in a task."""

    def __init__(self, api: Any, begin: Begin, identify: Identify, origins: list[str]) -> None:
        """`begin` makes a socket's context, `identify` records in it the user of the token of connection_init."""
        self.api = api
        self.identify = identify
        self._counted: Counter[object] = Counter()
        self._waiting: Counter[str] = Counter()
        self._begin = begin
        self._origins = set(origins)
        self._open: set[Socket] = set()
        self._draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        context = self._begin(websocket)
        network = context.network
        if self._draining or not self._allows(websocket) or self._waiting[network] >= MAX_WAITING:
            await websocket.close()  # before it is accepted, which answers the handshake with 403
            return
        known = PROTOCOL in websocket.scope["subprotocols"]
        await websocket.accept(subprotocol=PROTOCOL if known else None)
        if not known:
            await websocket.close(4406, "Subprotocol not acceptable")
            return
        socket = Socket(self, websocket, context, network)
        self._open.add(socket)
        self._waiting[network] += 1
        try:
            await socket.serve()
        finally:
            self.has_begun(socket)
            self._open.discard(socket)

    def has_begun(self, socket: "Socket") -> None:
        """Record that the socket no longer waits for `connection_init`: it has come, or the socket has ended."""
        if socket.network is not None:
            self._waiting[socket.network] -= 1
            if not self._waiting[socket.network]:
                del self._waiting[socket.network]
            socket.network = None

    def _allows(self, websocket: WebSocket) -> bool:
        """Return whether pages of that origin may use the API: our own, those of the settings, and clients that are no
        pages.
        """
        origin = websocket.headers.get("origin")
        return origin is None or origin in self._origins or urlsplit(origin).netloc == websocket.headers.get("host")

    def count(self, whose: object) -> None:
        """Count a socket of a user. Raises SocketCloseError if they have the maximum."""
        if self._counted[whose] >= MAX_SOCKETS:
            raise SocketCloseError(TRY_AGAIN, f"Too many open sockets (limit: {MAX_SOCKETS}). Close one first.")
        self._counted[whose] += 1

    def forget(self, whose: object) -> None:
        """Stop counting a socket of a user, if it was counted."""
        if self._counted[whose] > 1:
            self._counted[whose] -= 1
        else:
            self._counted.pop(whose, None)

    async def watch(self) -> None:
        """Ping silent sockets, and end those that do not answer or never begin; until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1)
            now = loop.time()
            for socket in list(self._open):
                socket.check(now)

    async def drain(self, within: float) -> None:
        """Take no new sockets, and end those that are open at random instants `within` as many seconds.

        So their clients, who connect again at once, do not all come at the same moment. Streams are not completed:
        that would tell a client that there is nothing to come back for. Queries and mutations are let finish.
        """
        self._draining = True
        # The last ones still need a moment to end.
        await asyncio.gather(*(socket.leave(random.uniform(0, within * 0.9), within) for socket in list(self._open)))


class Socket:
    """One connection, from its handshake to its end."""

    def __init__(self, sockets: Sockets, websocket: WebSocket, context: Context, network: str) -> None:
        """`network` is the client's; it is stored until `connection_init` has come."""
        self.network: str | None = network
        self._sockets = sockets
        self._websocket = websocket
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._heard = self._began = self._loop.time()
        self._pinged = False
        self._state = "waiting"
        self._operations: dict[str, tuple[Asked, asyncio.Task[None]]] = {}
        self._whose: object = None
        self._task: asyncio.Task[Any] | None = None
        self._end: SocketCloseError | None = None
        self._pinging: asyncio.Task[None] | None = None
        self._retiring: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Handle the client's messages, until either side ends the socket."""
        self._task = asyncio.current_task()
        try:
            while True:
                await self._hear()
        except (WebSocketDisconnect, TimeoutError, RuntimeError, OSError):
            pass  # the client is gone, or does not read
        except SocketCloseError as refused:
            self._end = refused
        except asyncio.CancelledError:
            if self._end is None or self._task is None:
                raise
            self._task.uncancel()
        finally:
            self._sockets.forget(self._whose)
            await self._close()

    async def _close(self) -> None:
        tasks = [task for _, task in self._operations.values()]
        tasks += [task for task in (self._pinging, self._retiring) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._end is not None and self._websocket.application_state is WebSocketState.CONNECTED:
            with suppress(Exception):
                async with asyncio.timeout(1):
                    await self._websocket.close(self._end.code, self._end.reason)

    def end(self, code: int, reason: str) -> None:
        """End the socket from outside."""
        if self._end is None and self._task is not None:
            self._end = SocketCloseError(code, reason)
            if self._task is not asyncio.current_task():
                self._task.cancel()

    async def leave(self, after: float, within: float) -> None:
        """End the socket `after` some seconds; queries and mutations may finish `within` some seconds from now."""
        deadline = self._loop.time() + within
        await asyncio.sleep(after)
        await self._answered(deadline - self._loop.time())
        self.end(1012, "Service restart: connect again")

    def retire(self, reason: Break) -> None:
        """End the streams now, without a `complete`, and the socket after the results of queries and mutations."""
        if self._retiring is None:
            self._retiring = asyncio.create_task(self._retire(*CLOSINGS[reason]), name="end of a socket")
            self._retiring.add_done_callback(_ended)

    async def _retire(self, code: int, reason: str) -> None:
        for operation, task in self._operations.values():
            if not is_brief(self._sockets.api, operation):
                task.cancel()
        await self._answered(ANSWERS_WITHIN)
        self.end(code, reason)

    async def _answered(self, within: float) -> None:
        """Wait for the results of queries and mutations in progress, at most `within` some seconds."""
        brief = [task for asked, task in self._operations.values() if is_brief(self._sockets.api, asked)]
        if brief:
            await asyncio.wait(brief, timeout=max(within, 0))

    def _has_expired(self) -> bool:
        access = self._context.access
        return access is not None and access.expires_at <= self._context.now

    def check(self, now: float) -> None:
        """Check whether the client still answers, and its token is still valid."""
        if self._state != "ready" and now - self._began > INIT_WITHIN:
            self.end(4408, "Connection initialisation timeout")
        elif now - self._heard > PING_AFTER + PONG_WITHIN:
            self.end(TRY_AGAIN, "No pong")
        elif self._state == "ready" and self._has_expired():
            self.retire(Break.EXPIRED)
        elif now - self._heard > PING_AFTER and not self._pinged and self._state == "ready":
            self._pinged = True
            self._pinging = asyncio.create_task(self._send({"type": "ping"}), name="ping")
            self._pinging.add_done_callback(_ended)

    async def _hear(self) -> None:
        event = await self._websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
        text = event.get("text")
        self._heard, self._pinged = self._loop.time(), False
        if text is None:
            raise SocketCloseError(4400, "Invalid frame: expected a text frame")
        if len(text) > MAX_FRAME:
            raise SocketCloseError(1009, f"The frame is too large (limit: {MAX_FRAME // 1024} KiB)")
        try:
            message = orjson.loads(text)
            kind = message["type"]
        except (orjson.JSONDecodeError, TypeError, KeyError):
            raise SocketCloseError(4400, "Invalid message: expected a JSON object with a `type`") from None
        match kind:
            case "connection_init":
                await self._init(message)
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                _, task = self._operations.pop(_id(message), (None, None))
                if task is not None:
                    task.cancel()
            case _:
                raise SocketCloseError(4400, "Unknown message type")

    async def _init(self, message: dict[str, Any]) -> None:
        if self._state != "waiting":
            raise SocketCloseError(4429, "Too many initialisation requests")
        try:
            self._sockets.identify(self._context, payload_token(message.get("payload")))
        except UnusableCredentials as unusable:
            raise SocketCloseError(UNAUTHORIZED, str(unusable)) from None
        if self._context.token_expired:
            raise SocketCloseError(*CLOSINGS[Break.EXPIRED])
        if self._context.token_refused:
            raise SocketCloseError(UNAUTHORIZED, "The access token is not valid: sign in again")
        self._sockets.has_begun(self)
        whose: object = self._context.viewer_id or self._context.network
        self._sockets.count(whose)
        self._whose = whose
        self._state = "ready"
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if self._state != "ready":
            raise SocketCloseError(UNAUTHORIZED, "Unauthorized")
        id = _id(message)
        if self._has_expired():
            self.retire(Break.EXPIRED)
        if self._retiring is not None:
            return  # the client sends it again over its next socket
        if id in self._operations:
            raise SocketCloseError(4409, f"Subscriber for {id} already exists")
        request_id = secrets.token_hex(8)
        try:
            operation = asked(self._sockets.api, message.get("payload"), self._context.network)
        except Wrong as wrong:
            raise SocketCloseError(4400, str(wrong)) from None
        except Unknown as unknown:
            await self._send({"id": id, "type": "error", "payload": unknown.errors(request_id)})
            return
        if len(self._operations) >= MAX_OPERATIONS:
            refusal = error(f"Too many operations (limit: {MAX_OPERATIONS} per socket).", request_id, "RATE_LIMITED")
            await self._send({"id": id, "type": "error", "payload": [refusal]})
            return
        task = asyncio.create_task(self._operate(id, operation, request_id), name=f"operation {request_id}")
        task.add_done_callback(_ended)
        self._operations[id] = operation, task

    async def _operate(self, id: str, operation: Asked, request_id: str) -> None:
        context = replace(self._context, request_id=request_id)
        try:
            last = await self._stream(id, operation, context)
        except (WebSocketDisconnect, TimeoutError):
            return  # the client is gone
        except Exception:
            log.exception("request %s failed", request_id)
            last = {"type": "error", "payload": [error(INTERNAL_MESSAGE, request_id, "INTERNAL")]}
        if self._operations.pop(id, None) is not None and last is not None:
            await self._send({"id": id, **last})

    async def _stream(self, id: str, operation: Asked, context: Context) -> dict[str, Any] | None:
        """Send results as they come; return the message after the last, None if the socket ends instead."""
        has_begun = False
        async with aclosing(run(self._sockets.api, operation, context)) as results:
            async for result in results:
                answer = formatted(result)
                if not has_begun and is_refused(result):
                    return {"type": "error", "payload": answer["errors"]}
                if (reason := broken_by(self._sockets.api, operation, context, result)) is not None:
                    self.retire(reason)
                    return None
                if isinstance(result, PreExecutionError):
                    return {"type": "error", "payload": answer["errors"]}
                has_begun = True
                most = context.services.ceilings.response_bytes
                payload = orjson.Fragment(encoded(answer, context.request_id, most))
                await self._send({"id": id, "type": "next", "payload": payload})
        return {"type": "complete"}

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(WRITE_WITHIN):
                # A text: no client of this protocol reads binary frames.
                await self._websocket.send_text(orjson.dumps(message).decode())
        except TimeoutError:
            self.end(TRY_AGAIN, "Too slow")
            raise


def _id(message: dict[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not id:
        raise SocketCloseError(4400, "Invalid message: `id` must be a string")
    return id


def _ended(task: asyncio.Task[None]) -> None:
    if task.cancelled():
        return
    error = task.exception()
    if error is not None and not isinstance(error, (WebSocketDisconnect, TimeoutError, RuntimeError, OSError)):
        log.error("%s failed", task.get_name(), exc_info=error)
