"""Valkey or Redis by redis-py: one client for commands that answer at once, one for blocking reads."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.connection import HiredisRespSerializer
from redis.exceptions import (
    ClusterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from kit import deadline
from kit.circuit import Circuit
from kit.counted_log import CountedLog
from kit.errors import Overloaded, Unavailable

__all__ = [
    "AWAY",
    "CANNOT_SERVE",
    "NOT_DONE",
    "NoScriptError",
    "Pipeline",
    "PoolExhausted",
    "Redis",
    "RedisConnectionError",
    "RedisError",
    "RedisTimeoutError",
    "ResponseError",
    "connect",
    "eventually",
    "is_away",
    "on_each",
]


log = logging.getLogger(__name__)

REPLY_S = 5.0

_REFUSALS = ("MISCONF", "NOREPLICAS", "BUSY")
"""Error codes of a server that cannot write its log (its disk is full), lacks replicas, or runs a long script."""


class CommandRefusedError(ResponseError):
    """The server refuses commands because of its own state, not because of the command."""


CANNOT_SERVE = (
    RedisConnectionError,
    RedisTimeoutError,
    # Errors of a server that is not the primary, that is full, or whose cluster is electing.
    ReadOnlyError,
    OutOfMemoryError,
    ClusterDownError,
    CommandRefusedError,
)
"""Exceptions of redis-py while the server cannot serve. A retry may succeed later."""

AWAY = (*CANNOT_SERVE, OSError, TimeoutError)
"""Exceptions while the server cannot serve: callers with another source use that."""


class _Packed:
    """A connection that packs commands by hiredis, and waits no longer than the deadline of the operation.

    redis-py does so for its synchronous connections; its asynchronous ones pack in Python, which takes 13 times as long
    for a command of a hundred keys.
    """

    circuit: Circuit | None = None
    reply_s = REPLY_S

    def pack_command(self, *arguments: Any) -> list[bytes]:
        """Return the command in the wire format."""
        packed: list[bytes] = HiredisRespSerializer().pack(*arguments)
        return packed

    async def connect(self) -> None:
        """Connect, or open the circuit."""
        try:
            await super().connect()  # type: ignore[misc]
        except (RedisConnectionError, RedisTimeoutError, OSError):
            if self.circuit is not None:
                self.circuit.open()
            raise

    async def read_response(self, *arguments: Any, **options: Any) -> Any:
        """Return the reply to a command; the connection is closed if the deadline of the operation passes first."""
        read: Any = super().read_response  # type: ignore[misc]
        left = deadline.left()
        try:
            if left is None or left > self.reply_s:
                return await read(*arguments, **options)
            async with asyncio.timeout(left):
                return await read(*arguments, **options)
        except RedisTimeoutError:
            if self.circuit is not None:
                self.circuit.open()
            raise
        except ResponseError as error:
            if str(error).partition(" ")[0] in _REFUSALS:
                raise CommandRefusedError(*error.args) from None
            raise


class PoolExhausted(Overloaded, RedisError):
    """No connection of the pool became free in time."""


NOT_DONE = (*AWAY, PoolExhausted)
"""Exceptions for a command that was not executed: callers for whom it is optional continue."""


class CircuitOpen(Unavailable, RedisConnectionError):
    """The server did not answer the last commands: this one was not sent."""


class _Pool(BlockingConnectionPool):
    """A pool that distinguishes exhaustion from an unavailable server, and fails at once while its circuit is open."""

    timeouts = CountedLog(log, "no Redis connection was free in time for %d commands within a second")
    circuit: Circuit | None = None

    async def get_connection(self, command_name: Any = None, *keys: Any, **options: Any) -> Any:
        """Return a connection. Raises PoolExhausted and CircuitOpen."""
        if self.circuit is not None and self.circuit.refuses:
            raise CircuitOpen
        try:
            return await super().get_connection()  # type: ignore[no-untyped-call]
        except RedisConnectionError as error:
            if error.args != ("No connection available.",):
                raise
            if self.circuit is not None and self.circuit.refuses:
                raise CircuitOpen from None
            self.timeouts.note()
            raise PoolExhausted from None

    async def disconnect(self, inuse_connections: bool = True) -> None:  # noqa: FBT001, FBT002 as in redis-py
        """Close all connections, and end the probing of the server."""
        if self.circuit is not None:
            await self.circuit.close()
        await super().disconnect(inuse_connections)


def connect(
    url: str, *, waits: bool = False, wait: float = 5.0, reply_s: float = REPLY_S, breaks: bool = False
) -> Redis:
    """Return a client of up to 50 connections; a command fails after `reply_s`, with about 2 s of attempts to
    reconnect.

    A caller who finds all connections in use waits for one, at most `wait` seconds: then PoolExhausted.

    With `waits`, reads have no timeout of their own: for blocking commands, on connections not shared with anything
    else. With `breaks`, a circuit breaker makes commands fail at once while the server is away, and reconnecting is
    tried for about 0.2 s: for callers with a fallback.
    """
    retries = Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), 5, supported_errors=(RedisConnectionError,))
    if breaks:
        retries = Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.1), 2, supported_errors=(RedisConnectionError,))
    pool = _Pool.from_url(
        url,
        max_connections=50,
        timeout=wait,
        socket_connect_timeout=min(2.0, reply_s),
        socket_timeout=None if waits else reply_s,
        retry=retries,
        retry_on_error=[RedisConnectionError],
        health_check_interval=0,
    )
    client = Redis.from_pool(pool)
    circuit = Circuit("Redis", client.ping, NOT_DONE) if breaks else None
    pool.circuit = circuit
    pool.connection_class = type(
        "Connection", (_Packed, pool.connection_class), {"circuit": circuit, "reply_s": reply_s}
    )
    return client


def is_away(redis: Redis) -> bool:
    """Return whether the circuit is open: commands fail at once, because the server did not answer the last ones."""
    circuit = _circuit(redis)
    return circuit is not None and circuit.is_open


async def eventually(redis: Redis, write: Callable[[], Awaitable[object]]) -> None:
    """Do an idempotent write now or, while the server is away, before anything is read from it again.

    For a client without a circuit breaker it is done now. Raises then what Redis raises.
    """
    circuit = _circuit(redis)
    if circuit is None:
        await write()
    else:
        await circuit.eventually(write)


def _circuit(redis: Redis) -> Circuit | None:
    pool = redis.connection_pool
    return pool.circuit if isinstance(pool, _Pool) else None


async def on_each(redis: Redis, script: str, keys: Sequence[str], *arguments: object, at_once: int = 100) -> list[Any]:
    """Return the result of `script`, the body of a function of one `key`, for each of `keys`: one round trip for all.

    redis-py's own scripts take another, to check whether they are loaded. The function runs on `at_once` keys at a
    time: on a cluster, where keys are on different nodes, that must be 1.
    """
    text, digest = _of_many(script)
    given = [str(argument) for argument in arguments]
    while True:
        pipe = redis.pipeline(transaction=False)
        for start in range(0, len(keys), at_once):
            some = keys[start : start + at_once]
            pipe.evalsha(digest, len(some), *some, *given)
        answers = await pipe.execute(raise_on_error=False)
        errors = [answer for answer in answers if isinstance(answer, Exception)]
        if not errors:
            return [each for answer in answers for each in answer]
        if not all(isinstance(error, NoScriptError) for error in errors):
            raise errors[0]
        await redis.script_load(text)


@cache
def _of_many(function: str) -> tuple[str, str]:
    """Return the script that calls the body of `function` for each of its keys, and its name."""
    text = f"""
    local function one(key) {function} end
    local answers = {{}}
    for n, key in ipairs(KEYS) do answers[n] = one(key) end
    return answers
    """
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
