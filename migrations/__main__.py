"""Apply what is pending, one process at a time, or write what the models have and the migrations do not.

The previous version serves meanwhile. A statement that needs a lock on a table gives up after 0.5 s, because everybody
who comes after it waits behind it, and is tried again later.

A new database begins with `snapshot.sql`, what the migrations up to the newest in it make, in 0.2 s: Tortoise takes
ten seconds of processor time for them.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.cli.cli import main as tortoise_main
from tortoise.migrations.api import migrate

import config
from kit.backoff import backoff

T = TypeVar("T")

log = logging.getLogger(__name__)

LOCK_WAIT = "500ms"
MAX_TRIES = 60
MAX_PAUSE_S = 10.0

SNAPSHOT = Path(__file__).with_name("snapshot.sql")

_LOCK = 0x48454C49  # any number, as long as every migrating process takes the same one


DONE = (asyncpg.DuplicateColumnError, asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError)


class PatientConnection(asyncpg.Connection):
    """Waits for locks in small portions. What is built concurrently waits as long as it takes: nobody waits for that.

    Outside a transaction, what an interrupted run has made already is not made again.
    """

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        """Run a script."""
        if "CONCURRENTLY" in query:
            await super().execute("SET lock_timeout = 0")
            try:
                return str(await super().execute(query, *args, timeout=timeout))
            finally:
                await super().execute(f"SET lock_timeout = '{LOCK_WAIT}'")
        run = super().execute
        try:
            return str(await self._patiently(lambda: run(query, *args, timeout=timeout)))
        except DONE as error:
            if self.is_in_transaction():
                raise
            log.warning("a migration that was interrupted goes on: %s", error)
            return ""

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        """Run a query."""
        if "CONCURRENTLY" in query:
            return await self.execute(query, *args)
        run = super().fetch
        return await self._patiently(lambda: run(query, *args, **options))

    async def _patiently(self, run: Callable[[], Awaitable[T]]) -> T:
        # What fails in a transaction ends it: `apply` begins that anew.
        return await run() if self.is_in_transaction() else await patiently(run)


async def patiently(run: Callable[[], Awaitable[T]]) -> T:
    """What `run` gives, called again while others hold a lock that it needs; some 10 minutes at most.

    Raises asyncpg.LockNotAvailableError after that.
    """
    for tries in range(1, MAX_TRIES):
        try:
            return await run()
        except asyncpg.LockNotAvailableError:
            pause = backoff(tries - 1, timedelta(seconds=1), timedelta(seconds=MAX_PAUSE_S)).total_seconds()
            log.warning("a migration needs a lock that others hold, trying again in %.1f s (%d)", pause, tries)
            await asyncio.sleep(pause)
    return await run()


def tortoise_config(database_url: str) -> dict[str, object]:
    """Tortoise's own form of configuration for the database at `database_url`."""
    connection = expand_db_url(database_url.replace("postgresql://", "postgres://", 1))
    connection["credentials"] |= {
        "connection_class": PatientConnection,
        "server_settings": {"lock_timeout": LOCK_WAIT, "application_name": "heliograph migrations"},
    }
    return {
        "connections": {"default": connection},
        "apps": {"models": {"models": ["models"], "migrations": "migrations", "default_connection": "default"}},
        "use_tz": True,
    }


TORTOISE = tortoise_config(config.load().database_url or "postgres://nobody@127.0.0.1/none")


async def apply(database_url: str, *, snapshot: bool = True) -> None:
    """Bring the database up to the newest migration. Waits for another process that is at it.

    A new one gets all migrations one by one unless it may begin with the `snapshot`.
    """
    lock = await asyncpg.connect(database_url)
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", _LOCK)
        if snapshot and not await _tables(lock):
            await _load_snapshot(database_url)
        await patiently(lambda: migrate(config=tortoise_config(database_url)))
    finally:
        await Tortoise.close_connections()
        await lock.close()


async def _tables(connection: asyncpg.Connection) -> int:
    """How many tables the database has."""
    return int(await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))


async def _load_snapshot(database_url: str) -> None:
    # On a connection of its own, whose settings it changes.
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute(SNAPSHOT.read_text())
    finally:
        await connection.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        arguments = {"make": "makemigrations", "sql": "sqlmigrate"}
        sys.argv = ["tortoise", "-c", "migrations.__main__.TORTOISE", arguments[sys.argv[1]], *sys.argv[2:]]
        tortoise_main()
        sys.exit()
    try:
        settings = config.load()
        config.require(settings, "database_url")
    except config.ConfigurationError as error:
        sys.exit(str(error))
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(apply(str(settings.database_url)))
