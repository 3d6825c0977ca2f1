"""A key stands for one effect, for 7 days."""

from collections.abc import AsyncIterator

import pytest

from clients import postgres
from clients.postgres import Connection, Database
from domain import idempotency
from domain.idempotency import once_per_key
from tests.support.factories import people


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    """A database that no worker tidies up."""
    opened = await postgres.connect(spare_database, size=2)
    yield opened
    await opened.close()


async def test_keys_are_kept_for_seven_days(db: Database) -> None:
    [viewer_id] = await people(db, 1)
    effects: list[str] = []

    async def do(key: str) -> list[int]:
        async def effect(_: Connection) -> list[int]:
            effects.append(key)
            return [len(effects)]

        return await once_per_key(db, viewer_id, "do", key, None, effect)

    for key, days in (("old", 8), ("young", 6)):
        await do(key)
        await db.execute(
            "UPDATE idempotency_keys SET created_at = now() - $2 * interval '1 day' WHERE key = $1", key, days
        )
    await idempotency.forget_old(db)
    assert [await do(key) for key in ("old", "young")] == [[3], [2]]
    assert effects == ["old", "young", "old"]
