"""What /readyz asks of each part, over connections that no request waits for."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from clients import postgres, redis
from clients.s3 import Bucket
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


@asynccontextmanager
async def open_checks(
    database_url: str, redis_url: str, store: AbstractAsyncContextManager[Bucket], system_clock: Clock
) -> AsyncIterator[dict[str, Check]]:
    """A check for each part by its name, which raises what is wrong. `system_clock` is compared with the database's."""
    async with AsyncExitStack() as stack:
        database, clocks, commands = (
            postgres.Probe(database_url),
            postgres.Probe(database_url),
            redis.connect(redis_url),
        )
        stack.callback(database.close)
        stack.callback(clocks.close)
        stack.push_async_callback(commands.aclose)
        bucket = await stack.enter_async_context(store)
        yield {
            "postgres": database.check,
            "clock": lambda: _check_clock(clocks, system_clock),
            "redis": commands.ping,
            "s3": lambda: bucket.client.head_bucket(Bucket=bucket.name),
        }


async def _check_clock(database: postgres.Probe, system_clock: Clock) -> None:
    """Raise ClockSkewed. While the database does not answer, the clock is taken to be right."""
    try:
        seconds = await database.seconds_ahead(system_clock)
    except postgres.Unavailable:
        return
    if abs(seconds) > MAX_SKEW_S:
        raise ClockSkewed(seconds)
