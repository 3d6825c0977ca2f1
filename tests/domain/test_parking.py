"""Parked rows come back to their queues as new ones."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from clients import postgres
from clients.postgres import Database
from domain import counters, jobs, parking
from domain.counters import Count
from domain.media import erasure_queue


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    """A database whose queues no worker empties."""
    opened = await postgres.connect(spare_database, size=2)
    yield opened
    await opened.close()


async def fill(db: Database) -> None:
    """A row in each of three queues, which has waited and failed."""
    async with db.acquire() as tx, tx.transaction():
        await jobs.enqueue(tx, "any", 7 << 10, grace=timedelta(hours=1))
        await counters.count(tx, 1, Count("post.likes", 1, 1))
        await erasure_queue.write(tx, "0" * 32, ["media/x"], timedelta(hours=1))
        await tx.execute("UPDATE jobs SET failures = 5")
        await tx.execute("UPDATE erasures SET failures = 5")
        await tx.execute("UPDATE tallies SET sent_at = now()")


@pytest.mark.parametrize(
    ("table", "is_new"),
    [
        ("jobs", "failures = 0 AND due_at <= now()"),
        ("erasures", "failures = 0 AND due_at <= now()"),
        ("tallies", "sent_at IS NULL"),
    ],
)
async def test_redriven_row_begins_anew(db: Database, table: str, is_new: str) -> None:
    await fill(db)
    [before] = await db.fetch(f"SELECT * FROM {table}")
    assert not await db.fetchval(f"SELECT {is_new} FROM {table}")
    assert await parking.park_rows(db, table, [before["id"]], parking.FAILED, "no") == 1
    assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await parking.redrive(db, table) == (1, 0)
    [after] = await db.fetch(f"SELECT * FROM {table}")
    assert await db.fetchval(f"SELECT {is_new} FROM {table}")
    reset = ("failures", "due_at", "sent_at")
    assert {k: v for k, v in after.items() if k not in reset} == {k: v for k, v in before.items() if k not in reset}
    assert await parking.count(db) == 0
