"""What /readyz asks of each part, over connections that no request waits for."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from clients import postgres, redis
from clients.s3 import Bucket
from clients.search import SearchEngine
from kit.clock import Clock
from web.health import Check

NEEDED_PARTS = ("postgres", "clock")
"""Parts without which nothing can be served. Without the others much goes on."""
MAX_FAILED_CHECKS = {"postgres": 2, "clock": 1}
"""From so many failed checks in a row on, requests are refused at once. One alone can be a sign of load."""
MAX_SKEW_S = 90.0
"""How far the clock of a process may be from that of the database: tokens, URLs and cursors carry its time."""


class ClockSkewed(Exception):
    """The clock of this machine differs too much from the database's."""

    def __init__(self, seconds: float) -> None:
        way = "ahead of" if seconds > 0 else "behind"
        super().__init__(
            f"The clock of this machine is {abs(seconds):,.0f} s {way} that of PostgreSQL (limit: {MAX_SKEW_S:.0f} s). "
            "Synchronise both by NTP."
        )


class DatabaseChecks:
    """Whether the database answers, and whether the clocks agree by what it said last."""

    def __init__(self, probe: postgres.Probe, system_clock: Clock) -> None:
        self._probe = probe
        self._system_clock = system_clock
        self._seconds_ahead = 0.0

    async def database(self) -> None:
        """Ask it for its time. Raises what is wrong."""
        self._seconds_ahead = await self._probe.seconds_ahead(self._system_clock)

    async def clock(self) -> None:
        """Raise ClockSkewed. A database that does not answer leaves it at what was found last."""
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
    """A check for each part by its name, which raises what is wrong. `system_clock` is compared with the database's."""
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
