"""A new database begins with what all migrations make. All other tests run on one that began so."""

import asyncio

import asyncpg

from migrations.__main__ import SNAPSHOT, apply
from tests.snapshot import snapshot

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'"


async def test_the_snapshot_is_what_the_migrations_make(spare_database: str) -> None:
    base, _, name = spare_database.rpartition("/")
    admin = await asyncpg.connect(f"{base}/template1")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    await apply(spare_database, snapshot=False)
    assert await asyncio.to_thread(snapshot, spare_database) == SNAPSHOT.read_text(), "run: make snapshot"
    connection = await asyncpg.connect(spare_database)
    for record in await connection.fetch(TABLES):
        assert not await connection.fetchval(f'SELECT count(*) FROM "{record[0]}"'), "a snapshot has no rows"
    await connection.close()


async def test_migrations_that_a_snapshot_does_not_have_are_applied_after_it(database: str) -> None:
    connection = await asyncpg.connect(database)
    names = {record[0] for record in await connection.fetch("SELECT name FROM tortoise_migrations")}
    await connection.close()
    assert names == {path.stem for path in SNAPSHOT.parent.glob("[0-9]*.py")}
