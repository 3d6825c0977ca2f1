"""A migration that needs a lock waits for it without holding up those who come after it."""

import asyncio
import time

import asyncpg
import pytest

from migrations import __main__ as migrations
from migrations.__main__ import LOCK_WAIT, PatientConnection
from tests.support.database_locks import locked_table


async def patient(url: str) -> PatientConnection:
    return await asyncpg.connect(url, connection_class=PatientConnection, server_settings={"lock_timeout": LOCK_WAIT})


async def test_readers_go_on_while_a_long_transaction_holds_up_a_migration(
    spare_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "MAX_PAUSE_S", 0.3)
    connection, long_reader, reader = [
        await patient(spare_database),
        await asyncpg.connect(spare_database),
        await asyncpg.connect(spare_database),
    ]
    try:
        transaction = long_reader.transaction()
        await transaction.start()
        await long_reader.fetch("SELECT count(*) FROM posts")
        altering = asyncio.create_task(connection.execute("ALTER TABLE posts ADD COLUMN more int"))
        waits = []
        for _ in range(30):
            began = time.monotonic()
            await reader.fetch("SELECT count(*) FROM posts")
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.03)
        assert max(waits) < 1
        assert max(waits) > 0.1, "at times a reader waited behind the migration"
        assert not altering.done()
        await transaction.rollback()
        await altering
    finally:
        for each in (connection, long_reader, reader):
            await each.close()


async def test_an_index_is_built_behind_a_long_transaction(spare_database: str) -> None:
    connection, writer = await patient(spare_database), await asyncpg.connect(spare_database)
    try:
        transaction = writer.transaction()
        await transaction.start()
        await writer.execute("DELETE FROM posts")
        building = asyncio.create_task(connection.execute("CREATE INDEX CONCURRENTLY more ON posts (caption)"))
        await asyncio.sleep(0.8)
        assert not building.done()
        await transaction.rollback()
        await building
        assert await connection.fetchval("SHOW lock_timeout") == LOCK_WAIT
    finally:
        await connection.close()
        await writer.close()


async def test_the_wait_has_an_end(spare_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "MAX_TRIES", 2)
    monkeypatch.setattr(migrations, "MAX_PAUSE_S", 0.01)
    connection = await patient(spare_database)
    try:
        async with locked_table(spare_database, "posts"):
            with pytest.raises(asyncpg.LockNotAvailableError):
                await connection.execute("ALTER TABLE posts ADD COLUMN more int")
    finally:
        await connection.close()


async def test_an_interrupted_migration_goes_on_where_it_was(spare_database: str) -> None:
    connection = await asyncpg.connect(spare_database)
    try:
        await connection.execute("ALTER TABLE comments DROP COLUMN is_counted")
        await connection.execute("ALTER TABLE relations DROP COLUMN is_counted")
        await connection.execute("DELETE FROM tortoise_migrations WHERE name = '0026_counted_activity'")
        await migrations.apply(spare_database)
        columns = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'is_counted'"
        assert await connection.fetchval(columns) == 4
    finally:
        await connection.close()
