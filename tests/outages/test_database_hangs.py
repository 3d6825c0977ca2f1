"""PostgreSQL hangs: one failed check refuses nobody; after two requests are refused at once; no clock is suspected."""

import asyncio
import gc
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import asyncpg
import pytest

from embedded.postgres import Postgres
from kit import clock
from migrations.__main__ import apply
from tests.conftest import NewApi
from tests.support.client import Failed, Person, signed_up, until
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


@pytest.fixture
async def postgres(tmp_path: Path) -> AsyncIterator[Postgres]:
    """A server of this test's own, to be stopped by signals."""
    part = Postgres(tmp_path / "postgres", tmp_path, durable=False)
    part.start()
    part.wait()
    await apply(part.url)
    yield part
    signal_all(part, signal.SIGCONT)
    part.process.stop()


@pytest.fixture
async def unseen() -> AsyncIterator[list[str]]:
    """Exceptions of tasks that nobody has seen."""
    found: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: found.append(str(context)))
    yield found
    loop.set_exception_handler(None)


def signal_all(part: Postgres, number: signal.Signals) -> None:
    """Send a signal to the server and its children, which have process groups of their own."""
    children = Path(f"/proc/{part.process.pid}/task/{part.process.pid}/children").read_text().split()
    for pid in (part.process.pid, *map(int, children)):
        os.kill(pid, number)


async def test_requests_are_refused_within_bounds_while_postgresql_hangs(
    new_api: NewApi,
    postgres: Postgres,
    unseen: list[str],
) -> None:
    url = await new_api(database_url=postgres.url, query_seconds=3.0)
    async with signed_up(url) as ada:
        signal_all(postgres, signal.SIGSTOP)
        began = time.monotonic()
        codes = await asyncio.gather(*(code_of(ada) for _ in range(20)))
        assert set(codes) <= {"UNAVAILABLE", "TIMEOUT", "OVERLOADED"}
        assert time.monotonic() - began < 4

        await until(lambda: timed(code_of(ada)), lambda found: found[0] == "UNAVAILABLE" and found[1] < 0.1)
        assert await status(ada, "/readyz") == 503
        for _ in range(20):
            began = time.monotonic()
            assert await code_of(ada) == "UNAVAILABLE"
            assert await status(ada, "/healthz") == 200
            assert time.monotonic() - began < 0.4

        signal_all(postgres, signal.SIGCONT)
        await until(lambda: status(ada, "/readyz"), lambda found: found == 200)
        assert await code_of(ada) == ""
        assert (await ada.sign_up())["userErrors"] == []
    await until(lambda: busy(postgres), lambda count: count == 0)
    gc.collect()
    assert unseen == []


async def code_of(person: Person) -> str:
    """The code with which a read is refused, or nothing."""
    try:
        await person.ask("{ viewer { email } }")
    except Failed as failure:
        return str(failure.code)
    return ""


async def timed(work: Awaitable[str]) -> tuple[str, float]:
    """What `work` gives, and how many seconds it took."""
    began = time.monotonic()
    return await work, time.monotonic() - began


async def status(person: Person, path: str) -> int:
    return (await person.http.get(path)).status_code


async def busy(part: Postgres) -> int:
    """How many queries of the API are still at work, or hold a transaction open."""
    connection = await asyncpg.connect(part.url)
    try:
        sql = """SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"""
        return int(await connection.fetchval(sql))
    finally:
        await connection.close()
