"""An open-loop generator: requests are sent when they are due, whether or not those before have been answered.

A closed loop would slow down with the server and hide the queue; users do not. It runs in a process of its own.
"""

import asyncio
import gc
import random
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from multiprocessing import get_context
from typing import Any

import uvloop

from bench.load import Ask

GIVE_UP_S = 10.0
GOOD_WITHIN_S = 1.0
MAX_CONNECTIONS = 6_000
PROBE_EVERY_S = 0.05
PROBES_S = 5.0


@dataclass(frozen=True)
class Stream:
    """Requests of one kind at a constant rate a second."""

    name: str
    asks: Sequence[Ask]
    rate: float


@dataclass(frozen=True)
class Answered:
    """What became of one request: `outcome` is OK, a code of `extensions.code`, a status, BROKEN or TIMEOUT.

    `took` is the time from when it was due; `due` is from the beginning of the phase.
    """

    outcome: str
    due: float
    took: float

    @property
    def is_good(self) -> bool:
        """Whether somebody was still waiting for it."""
        return self.outcome == "OK" and self.took <= GOOD_WITHIN_S


class Arrivals:
    """The process of the generator."""

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(1, get_context("spawn"))

    async def phase(self, streams: Sequence[Stream], seconds: float, probe: Ask) -> dict[str, list[Answered]]:
        """Send all streams for so long, and then `probe` 20 times a second for 5 s; outcomes by name, and `probe`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _in_loop, _phase, list(streams), seconds, probe)

    async def closed(self, asks: Sequence[Ask], clients: int, seconds: float) -> float:
        """Good answers a second to so many clients, who ask as soon as they have been answered or refused."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _in_loop, _closed, list(asks), clients, seconds)

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown()


def _in_loop(work: Any, *arguments: Any) -> Any:
    gc.disable()
    try:
        return uvloop.run(work(*arguments))
    finally:
        gc.enable()
        gc.collect()


async def _closed(asks: list[Ask], clients: int, seconds: float) -> float:
    client, waiting = _Client(), cycle(asks)
    begin, good = time.perf_counter(), 0

    async def work() -> None:
        nonlocal good
        while (now := time.perf_counter()) < begin + seconds:
            outcome, took = await client.send(next(waiting), now)
            good += Answered(outcome, now - begin, took).is_good

    await asyncio.gather(*(work() for _ in range(clients)))
    client.close()
    return good / (time.perf_counter() - begin)


async def _phase(streams: list[Stream], seconds: float, probe: Ask) -> dict[str, list[Answered]]:
    client = _Client()
    begin = time.perf_counter() + 0.05
    sending = [_send(client, stream, begin, seconds) for stream in streams]
    probing = _send(client, Stream("probe", [probe], 1 / PROBE_EVERY_S), begin + seconds, PROBES_S)
    found = await asyncio.gather(*sending, probing)
    client.close()
    return dict(zip([*(stream.name for stream in streams), "probe"], found, strict=True))


async def _send(client: "_Client", stream: Stream, begin: float, seconds: float) -> list[Answered]:
    shuffled = random.Random(1)
    pending = []
    for number, ask in zip(range(int(stream.rate * seconds)), cycle(stream.asks), strict=False):
        # Somewhere within its slot: a perfectly regular schedule would never form a queue below saturation.
        due = begin + (number + shuffled.random()) / stream.rate
        delay = due - time.perf_counter()
        if delay > 0:
            await asyncio.sleep(delay)
        pending.append((due, client.send(ask, due)))
    # Those that are overdue have been given up by then.
    return [Answered(outcome, due - begin, took) for due, future in pending for outcome, took in [await future]]


Outcome = asyncio.Future[tuple[str, float]]


class _Client:
    """Connections that are kept. A request that finds none idle opens one."""

    def __init__(self) -> None:
        self.idle: dict[int, list[_Connection]] = {}
        self.open: set[_Connection] = set()
        self._connecting: set[asyncio.Task[None]] = set()

    def send(self, ask: Ask, due: float) -> Outcome:
        """The outcome of a request."""
        loop = asyncio.get_running_loop()
        outcome: Outcome = loop.create_future()
        idle = self.idle.setdefault(ask.port, [])
        if idle:
            idle.pop().ask(ask, due, outcome)
        elif len(self.open) + len(self._connecting) >= MAX_CONNECTIONS:
            outcome.set_result(("NO_CONNECTION", 0.0))
        else:
            task = loop.create_task(self._connect(ask, due, outcome))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)
        return outcome

    async def _connect(self, ask: Ask, due: float, outcome: Outcome) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(GIVE_UP_S):
                _, connection = await loop.create_connection(lambda: _Connection(self, ask.port), "127.0.0.1", ask.port)
        except (OSError, TimeoutError):
            outcome.set_result(("BROKEN", time.perf_counter() - due))
            return
        connection.ask(ask, due, outcome)

    def close(self) -> None:
        """Close all connections."""
        for connection in list(self.open):
            connection.close()


class _Connection(asyncio.Protocol):
    """Sends one request at a time."""

    def __init__(self, client: _Client, port: int) -> None:
        self._client, self._port = client, port
        self._transport: Any = None
        self._received = bytearray()
        self._expected = 0
        self._due = 0.0
        self._outcome: Outcome | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Be ready for a request."""
        self._transport = transport
        self._client.open.add(self)

    def ask(self, ask: Ask, due: float, outcome: Outcome) -> None:
        """Send a request."""
        self._received.clear()
        self._expected, self._due, self._outcome = 0, due, outcome
        self._timer = asyncio.get_running_loop().call_later(GIVE_UP_S, self._give_up)
        self._transport.write(ask.request)

    def data_received(self, data: bytes) -> None:
        """Look whether the answer is complete."""
        received = self._received
        received += data
        if not self._expected:
            end = received.find(b"\r\n\r\n")
            if end < 0:
                return
            _, _, rest = bytes(received[:end]).lower().partition(b"\r\ncontent-length:")
            self._expected = end + 4 + int(rest.partition(b"\r\n")[0])
        if len(received) >= self._expected:
            keeps = b"\r\nconnection: close" not in received[:1000].lower()
            self._end(_outcome(bytes(received)))
            if keeps:
                self._client.idle[self._port].append(self)
            else:
                self.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Count what was under way as broken."""
        self._client.open.discard(self)
        idle = self._client.idle.get(self._port, [])
        if self in idle:
            idle.remove(self)
        self._end("BROKEN")

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def _give_up(self) -> None:
        self._end("TIMEOUT")
        self._transport.abort()

    def _end(self, outcome: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result((outcome, time.perf_counter() - self._due))
        self._outcome = None


def _outcome(answer: bytes) -> str:
    if answer.startswith(b"HTTP/1.1 200") and b'"errors":' not in answer:
        return "OK"
    _, found, rest = answer.partition(b'"code":"')
    return rest.partition(b'"')[0].decode() if found else answer[9:12].decode()
