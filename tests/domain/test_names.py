"""A username is one person's at a time."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from clients import postgres
from clients.postgres import Database
from domain.accounts import names
from tests.support.database_locks import wait_for_lock_waiter


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    """A database where nobody else waits for a lock."""
    opened = await postgres.connect(spare_database, size=3)
    yield opened
    await opened.close()


async def test_name_is_held_until_the_transaction_ends(db: Database) -> None:
    got: list[str] = []

    async def take(name: str) -> None:
        async with db.acquire() as tx, tx.transaction():
            await names.hold(tx, name)
            got.append(name)

    async with db.acquire() as tx, tx.transaction():
        await names.hold(tx, "ada")
        taking = asyncio.create_task(take("ada"))
        await wait_for_lock_waiter(db)
        assert not taking.done()
        await take("grace")
    await taking
    assert got == ["grace", "ada"]
