"""What frees storage, and what never took any."""

from clients import postgres
from domain.media import quota
from tests.support.factories import people


async def test_only_what_was_counted_frees_storage(spare_database: str) -> None:
    db = await postgres.connect(spare_database, size=2)
    ada, eve = await people(db, 2)
    await db.execute("DELETE FROM storage_usage")
    await db.executemany("INSERT INTO storage_usage (id, used_bytes) VALUES ($1, 100)", [(ada,), (eve,)])
    statuses = ("AWAITING_BYTES", "PROCESSING", "READY", "IN_REVIEW", "REJECTED", "EXPIRED")
    async with db.acquire() as tx, tx.transaction():
        await quota.release(tx, [(ada, status, 10**n) for n, status in enumerate(statuses[:2])])
        await quota.release(tx, [(ada, status, 50) for status in statuses[4:]])
        await quota.release(tx, [(eve, "READY", 30), (ada, "READY", 1), (eve, "IN_REVIEW", 5)])
    used = {row["id"]: row["used_bytes"] for row in await db.fetch("SELECT id, used_bytes FROM storage_usage")}
    assert used == {ada: 100 - 1 - 10 - 1, eve: 65}
    await db.close()
