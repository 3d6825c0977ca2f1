"""Calls end with the operation that they are part of, and leave nothing behind."""

import asyncio
import time

import asyncpg
import pytest

from clients import postgres
from clients.postgres import Database
from kit import deadline
from kit.background import Background
from workers.parts import Parts


async def running(db: Database) -> int:
    """How many statements of `pg_sleep` run in the server."""
    return int(
        await db.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'"
        )
    )


async def eventually_none_run(db: Database) -> None:
    async with asyncio.timeout(5):
        while await running(db):
            await asyncio.sleep(0.02)


async def test_work_is_cancelled_when_its_time_is_over(parts: Parts) -> None:
    began = time.monotonic()
    with pytest.raises(deadline.Expired):
        await deadline.enforced(parts.db.execute("SELECT pg_sleep(20)"), 0.2)
    assert time.monotonic() - began < 3
    await eventually_none_run(parts.db)


async def test_a_task_of_an_operation_ends_with_it_though_nobody_waits_for_it(parts: Parts) -> None:
    tasks: list[asyncio.Task[str]] = []

    async def operation() -> None:
        tasks.append(asyncio.create_task(parts.db.execute("SELECT pg_sleep(20)")))
        await asyncio.sleep(20)

    with pytest.raises(deadline.Expired):
        await deadline.enforced(operation(), 0.2)
    with pytest.raises((TimeoutError, asyncpg.QueryCanceledError)):
        await asyncio.wait_for(tasks[0], 5)
    await eventually_none_run(parts.db)


async def test_a_transaction_is_rolled_back_when_time_is_over_and_its_connection_goes_on(spare_database: str) -> None:
    db = await postgres.connect(spare_database, size=1)
    await db.execute("CREATE TABLE written (id int)")

    async def operation() -> None:
        async with db.acquire() as tx, tx.transaction():
            await tx.execute("INSERT INTO written VALUES (1)")
            await tx.execute("SELECT pg_sleep(20)")

    for _ in range(3):
        with pytest.raises(deadline.Expired):
            await deadline.enforced(operation(), 0.2)
        assert await db.fetchval("SELECT count(*) FROM written") == 0
    assert await db.fetchval("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'") == 0
    await db.close()


async def test_nothing_begins_when_time_is_over(parts: Parts) -> None:
    with deadline.within(-1), pytest.raises(TimeoutError):
        await parts.db.fetchval("SELECT 1")
    assert await parts.db.fetchval("SELECT 1") == 1


async def test_a_reply_of_redis_is_not_waited_for_beyond_the_deadline(parts: Parts) -> None:
    await parts.redis.ping()
    began = time.monotonic()
    with deadline.within(0.2), pytest.raises(TimeoutError):
        await parts.redis.blpop(["nothing:comes"], 3)
    assert time.monotonic() - began < 2
    assert await parts.redis.ping(), "the connection with the late reply is not used again"


async def test_background_work_has_no_deadline(parts: Parts) -> None:
    background, done = Background(), asyncio.Event()

    async def work() -> None:
        assert deadline.left() is None
        done.set()

    with deadline.within(-1):
        background.spawn(work(), "work")
    await asyncio.wait_for(done.wait(), 5)
    await background.close()


async def test_the_time_left_is_the_nearer_of_two_bounds() -> None:
    assert deadline.remaining(3) == 3
    with deadline.within(1):
        assert 0.9 < deadline.remaining(3) <= 1
        assert deadline.remaining(0.5) == 0.5
    assert deadline.left() is None
