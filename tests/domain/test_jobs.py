"""When a job is due, and that none is forgotten."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from clients import postgres
from clients.postgres import Database
from domain import jobs

KIND = "any"
SUBJECT = 7 << 10


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    """A database whose jobs no worker does."""
    opened = await postgres.connect(spare_database, size=2)
    yield opened
    await opened.close()


async def enqueue(db: Database, **options: timedelta) -> None:
    async with db.acquire() as tx, tx.transaction():
        await jobs.enqueue(tx, KIND, SUBJECT, **options)


async def test_a_job_waits_for_the_transactions_before_it(db: Database) -> None:
    await enqueue(db)
    assert await jobs.claim(db) is None
    wait = await db.fetchval("SELECT due_at - now() FROM jobs")
    assert timedelta(seconds=31) < wait <= jobs.GRACE, "no transaction lives for more than 30 s"


async def test_a_job_that_is_enqueued_again_meanwhile_is_done_again(db: Database) -> None:
    await enqueue(db, grace=timedelta())
    first = await jobs.claim(db)
    assert first is not None
    assert await jobs.claim(db) is None, "it is in somebody's hands"
    await enqueue(db, grace=timedelta())
    await jobs.done(db, first)
    second = await jobs.claim(db)
    assert second is not None
    await jobs.done(db, second)
    assert await db.fetchval("SELECT count(*) FROM jobs") == 0
