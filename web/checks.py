"""The checks of /readyz for each service, over connections that no request uses."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from clients import postgres, redis
from clients.s3 import Bucket
from clients.search import SearchEngine
from kit.clock import Clock
from web.health import Check

NEEDED_PARTS = ("postgres", "clock")
"""Services without which no request can be served. Without the others much still works."""
MAX_FAILED_CHECKS = {"postgres": 2, "clock": 1}
"""After that many failed checks in a row, requests are refused at once. A single failure can be a sign of load."""
MAX_SKEW_S = 90.0
"""The maximum clock skew from the database, in seconds: tokens, URLs and cursors contain the process's time."""


class ClockSkewed(Exception):
    """The clock of this machine differs too much from the database's."""

    def __init__(self, seconds: float) -> None:
        way = "ahead of" if seconds > 0 else "behind"
        super().__init__(
            f"The clock of this machine is {abs(seconds):,.0f} s {way} that of PostgreSQL (limit: {MAX_SKEW_S:.0f} s). "
            "Synchronise both by NTP."
        )


class DatabaseChecks:
    """Checks the database, and the skew of the clock by its last response."""

    def __init__(self, probe: postgres.Probe, system_clock: Clock) -> None:
        self._probe = probe
        self._system_clock = system_clock
        self._seconds_ahead = 0.0

    async def database(self) -> None:
        """Ask the database for its time. Raises its errors."""
        self._seconds_ahead = await self._probe.seconds_ahead(self._system_clock)

    async def clock(self) -> None:
        """Raise ClockSkewed. Without a response of the database the last result stays."""
        if abs(self._seconds_ahead) > MAX_SKEW_S:
            raise ClockSkewed(self._seconds_ahead)


@asynccontextmanager
async def open_checks(
    database_url: str,
    redis_url: str,
    search_url: str | None,
    store: AbstractAsyncContextManager[Bucket],
    system_clock: Clock,
) -> AsyncIterator[dict[str, Check]]:
    """Return a check for each service by name, which raises on failure. `system_clock` is checked by the database's."""
    async with AsyncExitStack() as stack:
        probe, commands = postgres.Probe(database_url), redis.connect(redis_url)
        stack.callback(probe.close)
        stack.push_async_callback(commands.aclose)
        search = SearchEngine(search_url) if search_url else None
        if search is not None:
            stack.push_async_callback(search.close)
        bucket = await stack.enter_async_context(store)
        checks = DatabaseChecks(probe, system_clock)
        yield {
            "postgres": checks.database,
            "clock": checks.clock,
            "redis": commands.ping,
            "s3": lambda: bucket.client.head_bucket(Bucket=bucket.name),
            **({"search": search.state} if search else {}),
        }
