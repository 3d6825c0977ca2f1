"""A client that costs little, in a process of its own: HTTP/1.1 by hand over connections that are kept.

It looks at no more of an answer than that it is one and has no errors in it.
"""

import asyncio
import contextlib
import math
import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from multiprocessing import get_context
from typing import Any

import orjson
import uvloop


@dataclass(frozen=True)
class Ask:
    """A request to the API on a port of this machine."""

    port: int
    request: bytes


def ask(port: int, token: str, query: str) -> Ask:
    """The request of `query` with this token."""
    return request(port, token, {"query": query})


def request(port: int, token: str, parameters: Mapping[str, Any]) -> Ask:
    """The request with these parameters and this token."""
    body = orjson.dumps(parameters)
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {token}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return Ask(port, head.encode() + body)


class Wrong(Exception):
    """An answer that is none, or has errors in it."""


class Client:
    """Connections to this machine, of which each serves one request at a time."""

    def __init__(self) -> None:
        self._idle: dict[int, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {}

    async def answer(self, ask: Ask) -> bytes:
        """The body of the answer. Raises Wrong."""
        idle = self._idle.setdefault(ask.port, [])
        while idle:
            connection = idle.pop()
            # The server closes what has been idle for some seconds, perhaps just now.
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self._answer(ask, connection)
        return await self._answer(ask, await asyncio.open_connection("127.0.0.1", ask.port))

    async def _answer(self, ask: Ask, connection: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> bytes:
        reader, writer = connection
        writer.write(ask.request)
        head = await reader.readuntil(b"\r\n\r\n")
        _, _, rest = head.lower().partition(b"\r\ncontent-length:")
        body = await reader.readexactly(int(rest.partition(b"\r\n")[0]))
        if not head.startswith(b"HTTP/1.1 200") or b'"errors":' in body:
            raise Wrong(head.decode() + body[max(body.find(b'"errors":'), 0) :][:1000].decode())
        self._idle[ask.port].append(connection)
        return body

    async def close(self) -> None:
        """Close every connection."""
        for _, writer in (connection for idle in self._idle.values() for connection in idle):
            writer.close()


class Load:
    """What the process of the client does when told. Its times are in seconds."""

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(1, get_context("spawn"))

    async def answers(self, asks: Sequence[Ask]) -> list[bytes]:
        """The answers to these, one after the other."""
        return await self._run(_answers, asks)

    async def in_turns(self, asks: Mapping[str, Sequence[Ask]], rounds: int) -> dict[str, list[float]]:
        """How long answers take, one request at a time; in each round one by each name, in another order."""
        return await self._run(_in_turns, asks, rounds)

    async def counted(self, asks: Sequence[Ask], clients: int, seconds: float) -> int:
        """How many requests of so many clients are answered, who ask as soon as they have been answered."""
        return await self._run(_counted, asks, clients, seconds)

    async def closed(self, asks: Sequence[Ask], clients: int, seconds: float) -> float:
        """Answers a second to so many clients, who ask as soon as they have been answered."""
        return await self._run(_closed, asks, clients, seconds)

    async def arriving(self, asks: Sequence[Ask], rate: float, seconds: float) -> list[float]:
        """How long answers take, from when each was due: requests come at a constant rate, whatever happens.

        Infinitely long where an answer was wrong.
        """
        return await self._run(_arriving, asks, rate, seconds)

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown()

    async def _run(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, _in_loop, work, arguments)


def _in_loop(work: Any, arguments: tuple[Any, ...]) -> Any:
    async def go() -> Any:
        client = Client()
        try:
            return await work(client, *arguments)
        finally:
            await client.close()

    return uvloop.run(go())


async def _answers(client: Client, asks: Sequence[Ask]) -> list[bytes]:
    return [await client.answer(each) for each in asks]


async def _in_turns(client: Client, asks: Mapping[str, Sequence[Ask]], rounds: int) -> dict[str, list[float]]:
    shuffled = random.Random(1)
    names, took = list(asks), {name: list[float]() for name in asks}
    for number in range(rounds):
        shuffled.shuffle(names)
        for name in names:
            began = time.perf_counter()
            await client.answer(asks[name][number % len(asks[name])])
            took[name].append(time.perf_counter() - began)
    return took


async def _counted(client: Client, asks: Sequence[Ask], clients: int, seconds: float) -> int:
    waiting = cycle(asks)
    end = time.perf_counter() + seconds
    answered = 0

    async def work() -> None:
        nonlocal answered
        while time.perf_counter() < end:
            await client.answer(next(waiting))
            answered += 1

    await asyncio.gather(*(work() for _ in range(clients)))
    return answered


async def _closed(client: Client, asks: Sequence[Ask], clients: int, seconds: float) -> float:
    began = time.perf_counter()
    answered = await _counted(client, asks, clients, seconds)
    return answered / (time.perf_counter() - began)


async def _arriving(client: Client, asks: Sequence[Ask], rate: float, seconds: float) -> list[float]:
    began = time.perf_counter()

    async def one(number: int, each: Ask) -> float:
        try:
            await client.answer(each)
        except Wrong:
            return math.inf
        return time.perf_counter() - (began + number / rate)

    tasks: list[asyncio.Task[float]] = []
    for number, each in zip(range(int(rate * seconds)), cycle(asks), strict=False):
        await asyncio.sleep(began + number / rate - time.perf_counter())
        tasks.append(asyncio.create_task(one(number, each)))
    return list(await asyncio.gather(*tasks))
