"""Holds locks in PostgreSQL, and waits until other queries wait for them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from clients.postgres import Connection, Database
from domain.graph.rows import Kind
from tests.support.client import Person, until
from tests.support.opaque_ids import number


@contextlib.asynccontextmanager
async def uncommitted_block(db: Database, one: Person, other: Person) -> AsyncIterator[Connection]:
    """`one` blocks `other`: everything has been written and nothing is committed until the block ends."""
    async with db.acquire() as tx, tx.transaction():
        await tx.execute("SELECT hold($1, ARRAY[$2::bigint], '{0}', '{0}')", number(one.id), number(other.id))
        await tx.execute(
            "DELETE FROM relations WHERE (from_id, to_id) IN (($1, $2), ($2, $1))", number(one.id), number(other.id)
        )
        await tx.execute(
            "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(0), $1, $2, $3)",
            number(one.id),
            number(other.id),
            Kind.BLOCK,
        )
        yield tx


async def wait_for_lock_waiter(db: Database) -> None:
    """Return when somebody waits for a lock that another holds."""
    async with asyncio.timeout(10):
        while not await db.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"):
            await asyncio.sleep(0.005)


@asynccontextmanager
async def locked_table(database: str, table: str) -> AsyncIterator[None]:
    """Nobody can read the table during the block: queries of it hang."""
    db = await asyncpg.connect(database)
    try:
        async with db.transaction():
            await db.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await db.close()


async def blocked_query_count(database: str) -> int:
    """How many queries wait for a lock."""
    db = await asyncpg.connect(database)
    try:
        sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return int(await db.fetchval(sql))
    finally:
        await db.close()


async def wait_for_blocked_queries(database: str, count: int) -> None:
    """Return when so many queries hang at a lock."""
    await until(lambda: blocked_query_count(database), lambda found: found >= count)
