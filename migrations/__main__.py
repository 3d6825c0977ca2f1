"""Apply what is pending, one process at a time, or write what the models have and the migrations do not."""

import asyncio
import sys

import asyncpg
from tortoise import Tortoise
from tortoise.cli.cli import main as tortoise_main
from tortoise.migrations.api import migrate

import config

_LOCK = 0x48454C49  # any number, as long as every migrating process takes the same one


def tortoise_config(database_url: str) -> dict[str, object]:
    """Tortoise's own form of configuration for the database at `database_url`."""
    return {
        "connections": {"default": database_url.replace("postgresql://", "postgres://", 1)},
        "apps": {"models": {"models": ["models"], "migrations": "migrations", "default_connection": "default"}},
        "use_tz": True,
    }


TORTOISE = tortoise_config(config.load().database_url or "postgres://nobody@127.0.0.1/none")


async def apply(database_url: str) -> None:
    """Bring the database up to the newest migration. Waits for another process that is at it."""
    lock = await asyncpg.connect(database_url)
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await migrate(config=tortoise_config(database_url))
    finally:
        await Tortoise.close_connections()
        await lock.close()


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
    asyncio.run(apply(str(settings.database_url)))
