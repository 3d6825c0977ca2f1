"""Changes of relationships that meet others."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from clients import postgres
from clients.postgres import Database
from domain import relationships
from domain.accounts import reads as accounts
from domain.graph.rows import Kind
from tests.support.database_locks import wait_for_lock_waiter
from tests.support.factories import people


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    """A database whose requests no worker accepts."""
    opened = await postgres.connect(spare_database, size=4)
    yield opened
    await opened.close()


async def kinds(db: Database) -> list[int]:
    return [row["kind"] for row in await db.fetch("SELECT kind FROM relations ORDER BY id")]


async def test_account_that_has_gone_private_meanwhile_accepts_nobody(db: Database) -> None:
    ada, eve = await people(db, 2)
    await db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(0), $1, $2, $3)", eve, ada, Kind.REQUEST
    )
    async with db.acquire() as tx, tx.transaction():
        await tx.execute("SELECT hold($1, ARRAY[$2::bigint], '{0}', '{0}')", eve, ada)
        accepting = asyncio.create_task(relationships.accept_all(db, ada))
        await wait_for_lock_waiter(db)
        await db.execute("UPDATE users SET is_private = true WHERE id = $1", ada)
    assert not await accepting
    assert await kinds(db) == [Kind.REQUEST]
    await db.execute("UPDATE users SET is_private = false WHERE id = $1", ada)
    assert await relationships.accept_all(db, ada)
    assert await kinds(db) == [Kind.FOLLOW]


async def test_block_ends_all_that_binds_the_two(db: Database) -> None:
    ada, eve = await people(db, 2)
    bonds = [Kind.FOLLOW, Kind.REQUEST, Kind.CLOSE_FRIEND, Kind.STORY_NOTIFICATIONS]
    await db.executemany(
        "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(0), $1, $2, $3)",
        [(one, other, kind) for one, other in ((ada, eve), (eve, ada)) for kind in (*bonds, Kind.MUTE)],
    )
    [user] = await accounts.users(db, ada, [eve])
    assert user is not None
    await relationships.block(db, ada, user)
    left = {(row["from_id"], row["kind"]) for row in await db.fetch("SELECT from_id, kind FROM relations")}
    assert left == {(ada, Kind.BLOCK), (ada, Kind.MUTE), (eve, Kind.MUTE)}
