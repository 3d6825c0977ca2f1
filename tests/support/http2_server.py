"""A server that speaks HTTP/2 over TLS, and can do to its connections what servers on the internet do."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.settings import SettingCodes, Settings
from hyperframe.frame import GoAwayFrame


@dataclass
class Request:
    """`headers` have pseudo-headers too."""

    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)

    @property
    def path(self) -> str:
        return self.headers[":path"]


@dataclass
class Response:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Awaitable[Response]]


@dataclass
class Habits:
    """`streams` at a time, which become `streams_later` with the first answer. After `requests` a connection is told to
    go away, and is cut after `cut` at whatever it is in."""

    streams: int = 100
    streams_later: int = 100
    requests: int = 10**9
    cut: int = 10**9


class Connection(asyncio.Protocol):
    def __init__(self, handler: Handler, habits: Habits, others: set["Connection"]) -> None:
        self._handler, self._habits, self._others = handler, habits, others
        self._state = H2Connection(H2Configuration(client_side=False))
        self._state.local_settings = Settings(
            client=False, initial_values={SettingCodes.MAX_CONCURRENT_STREAMS: habits.streams}
        )
        self._requests: dict[int, Request] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._last = self._begun = self._answered = 0
        self._leaving = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._others.add(self)
        self._state.initiate_connection()
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        self._others.discard(self)
        for task in self._tasks:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        for event in self._state.receive_data(data):
            if isinstance(event, RequestReceived) and not self._leaving:
                headers = {name.decode(): value.decode() for name, value in event.headers}
                self._requests[event.stream_id] = Request(headers)
                self._last = event.stream_id
                self._begin()
            elif isinstance(event, DataReceived):
                self._state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                if event.stream_id in self._requests:
                    self._requests[event.stream_id].body += event.data
            elif isinstance(event, StreamEnded) and event.stream_id in self._requests:
                task = asyncio.create_task(self._answer(event.stream_id))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        self._flush()

    def _begin(self) -> None:
        self._begun += 1
        if self._begun == self._habits.requests:
            self._leaving = True
            self._flush()
            self.transport.write(GoAwayFrame(0, last_stream_id=self._last).serialize())
        if self._begun == self._habits.cut:
            self.transport.abort()

    async def _answer(self, stream_id: int) -> None:
        response = await self._handler(self._requests[stream_id])
        headers = {":status": str(response.status), **response.headers}
        self._state.send_headers(stream_id, list(headers.items()))
        size = self._state.max_outbound_frame_size
        for start in range(0, len(response.body), size):
            self._state.send_data(stream_id, response.body[start : start + size])
        self._state.end_stream(stream_id)
        self._answered += 1
        if self._answered == 1 and self._habits.streams_later != self._habits.streams:
            self._state.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: self._habits.streams_later})
        self._flush()
        del self._requests[stream_id]
        if self._leaving and not self._requests:
            self.transport.close()

    def _flush(self) -> None:
        self.transport.write(self._state.data_to_send())


@asynccontextmanager
async def served(handler: Handler, port: int, context: ssl.SSLContext, habits: Habits) -> AsyncIterator[None]:
    """`handler` answers at 127.0.0.1; in the end every connection is cut."""
    context.set_alpn_protocols(["h2"])
    connections: set[Connection] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(handler, habits, connections), "127.0.0.1", port, ssl=context
    )
    try:
        yield
    finally:
        server.close()
        for connection in list(connections):
            connection.transport.abort()
