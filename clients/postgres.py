"""PostgreSQL by asyncpg: a pool with bounds and timeouts."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import asyncpg

from kit import deadline
from kit.clock import Clock
from kit.counted_log import CountedLog
from kit.errors import Overloaded

log = logging.getLogger(__name__)

WAIT = 5.0
QUERY_S = 10.0
_TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class _Connection(asyncpg.Connection):
    """A connection that is returned without a reset: this product leaves no session state behind.

    asyncpg would reset it (locks, cursors, listens, settings) in a round trip of its own after every use.
    """

    def get_reset_query(self) -> str:
        return ""

    # A query takes at most the time left to the operation that it is part of; asyncpg then cancels it in the server
    # too. Transaction control has its full time: a connection whose transaction was not ended could not be used again.

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        if not query.startswith(_TRANSACTION_CONTROL):
            timeout = deadline.remaining(timeout or QUERY_S)
        return str(await super().execute(query, *args, timeout=timeout))

    async def executemany(self, command: str, args: Iterable[Any], *, timeout: float | None = None) -> None:
        await super().executemany(command, args, timeout=deadline.remaining(timeout or QUERY_S))

    async def fetch(self, query: str, *args: Any, timeout: float | None = None, **options: Any) -> Any:
        return await super().fetch(query, *args, timeout=deadline.remaining(timeout or QUERY_S), **options)

    async def fetchrow(self, query: str, *args: Any, timeout: float | None = None, **options: Any) -> Any:
        return await super().fetchrow(query, *args, timeout=deadline.remaining(timeout or QUERY_S), **options)

    async def fetchval(self, query: str, *args: Any, timeout: float | None = None, **options: Any) -> Any:
        return await super().fetchval(query, *args, timeout=deadline.remaining(timeout or QUERY_S), **options)


class PoolExhausted(Overloaded, TimeoutError):
    """No connection of the pool became free in time."""


class _Acquired:
    """A connection of the pool for a block. If the server closes it, the block fails with an error of Unavailable.

    asyncpg raises other errors for that, which elsewhere mean misuse: InterfaceError if the connection was closed
    between two statements, InternalClientError if the server has announced the end and the connection is still open.
    """

    def __init__(self, context: Any) -> None:
        self._context = context
        self._connection: Any = None

    async def __aenter__(self) -> Any:
        proxy = await self._context.__aenter__()
        self._connection = proxy._con
        return proxy

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, asyncpg.InternalClientError):
            self._connection.terminate()
        is_closed = self._connection.is_closed()
        await self._context.__aexit__(kind, error, trace)
        if is_closed and isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError):
            raise asyncpg.ConnectionDoesNotExistError("The server has ended the connection.") from error


class Database(asyncpg.Pool):
    """A pool in whose queue no caller waits longer than `wait` seconds: then PoolExhausted."""

    def __init__(self, *arguments: Any, wait: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._wait = wait
        self._timeouts = CountedLog(log, "no PostgreSQL connection was free in time for %d queries within a second")

    def acquire(self, *, timeout: float | None = None) -> Any:  # noqa: D102
        return _Acquired(super().acquire(timeout=self._wait if timeout is None else timeout))

    async def _acquire(self, timeout: float | None) -> Any:
        # All of asyncpg's ways to a connection lead here, from `acquire` and from queries on the pool itself.
        try:
            return await super()._acquire(timeout)  # type: ignore[misc]
        except TimeoutError:
            self._timeouts.note()
            raise PoolExhausted from None


Connection = asyncpg.pool.PoolConnectionProxy
Queries = asyncpg.Pool | asyncpg.pool.PoolConnectionProxy
"""An object that can run a query: the pool, or one connection of it inside a transaction."""

Row = asyncpg.Record

DataError = asyncpg.DataError
"""Errors for values that the server or the driver cannot store: a retry fails again."""

Unavailable = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.LockNotAvailableError,
)
"""Errors of a server that is away, full, a standby, or resolving a deadlock.

A retry may succeed.
"""


async def connect(url: str, *, size: int, wait: float = WAIT, lock_wait_s: float = QUERY_S) -> Database:
    """Open a pool of 1 to `size` connections. A query may take 10 s, a transaction 30 s, `wait` is for a connection.

    A query waits for a lock no longer than `lock_wait_s`: then asyncpg.LockNotAvailableError, which is Unavailable.
    """
    pool = Database(
        url,
        wait=wait,
        min_size=1,
        max_size=size,
        max_queries=50_000,
        max_inactive_connection_lifetime=60.0,
        connect=None,
        setup=None,
        init=None,
        reset=None,
        loop=None,
        connection_class=_Connection,
        record_class=asyncpg.Record,
        command_timeout=QUERY_S,
        timeout=5,
        server_settings={
            "application_name": "heliograph",
            "statement_timeout": "30000",
            "transaction_timeout": "30000",
            "lock_timeout": str(int(lock_wait_s * 1000)),
        },
    )
    await pool
    return pool


class Probe:
    """A separate connection that checks whether the server answers, however busy the pool is."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = None

    async def seconds_ahead(self, clock: Clock) -> float:
        """Return how far `clock` is ahead of the server's, to half of the round-trip time.

        Raises the error of the query.
        """
        sent = clock()
        server: datetime = await self._ask("SELECT clock_timestamp()")
        return (sent + (clock() - sent) / 2 - server).total_seconds()

    async def _ask(self, query: str) -> Any:
        """Return the value of the query. Reconnects if the connection is closed."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._url, timeout=2, command_timeout=2, server_settings={"application_name": "heliograph health"}
            )
        try:
            return await self._connection.fetchval(query)
        except BaseException:
            # After a cancellation or an error, it may be unusable.
            self.close()
            raise

    def close(self) -> None:
        """Close the connection at once."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
