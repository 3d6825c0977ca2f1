"""PostgreSQL hangs: one check that fails refuses nobody, and the clock is not suspected."""

import asyncio

from kit import clock
from tests.client import until
from web import checks, health
from web.checks import MAX_FAILED_CHECKS, DatabaseChecks
from web.health import Readiness


class Hanging:
    """Stands for a connection to a server that does not answer any more."""

    def __init__(self) -> None:
        self.hangs = False

    async def seconds_ahead(self, _: clock.Clock) -> float:
        if self.hangs:
            await asyncio.Event().wait()
        return 0.5


async def test_a_database_that_hangs_is_no_wrong_clock(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(health, "PERIOD_S", 0)
    monkeypatch.setattr(health, "CHECK_TIMEOUT_S", 0.05)
    server, readiness = Hanging(), Readiness(checks.NEEDED_PARTS)
    of_database = DatabaseChecks(server, clock.now)  # type: ignore[arg-type]
    running = asyncio.create_task(readiness.run({"postgres": of_database.database, "clock": of_database.clock}))
    server.hangs = True
    failures = await until(lambda: asyncio.sleep(0, readiness.failed_in_a_row("postgres")), bool)
    assert failures < MAX_FAILED_CHECKS["postgres"]
    await until(lambda: asyncio.sleep(0, readiness.failed_in_a_row("postgres")), lambda found: found > 3)
    assert readiness.failed_in_a_row("clock") == 0
    server.hangs = False
    await until(lambda: asyncio.sleep(0, readiness.failed_in_a_row("postgres")), lambda found: found == 0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
