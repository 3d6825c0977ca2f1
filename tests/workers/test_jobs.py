"""Enqueued jobs are done, whichever process dies meanwhile."""

import pytest

from domain import jobs
from domain.jobs import JobKind
from tests.support.client import until
from tests.support.counters import counter_drift
from tests.support.factories import people, published
from tests.workers.conftest import Cluster

pytestmark = pytest.mark.kill

DOING = ("relay", "counters", "jobs")


async def test_a_worker_is_killed_while_it_erases_an_account(idle_cluster: Cluster) -> None:
    db = idle_cluster.parts.db
    gone, *crowd = await people(db, 1301)
    await published(db, idle_cluster.parts.redis, gone)
    await db.execute(
        """
        INSERT INTO relations (id, from_id, to_id, kind) SELECT next_id(0), f, $1, 1 FROM unnest($2::bigint[]) f
        """,
        gone,
        crowd,
    )
    await db.execute("UPDATE users SET following_count = 1 WHERE id = ANY($1)", crowd)
    await db.execute("UPDATE users SET follower_count = $2, status = 'DELETED' WHERE id = $1", gone, len(crowd))
    async with db.acquire() as tx, tx.transaction():
        await jobs.enqueue(tx, JobKind.ERASE_ACCOUNT, gone)

    async def hurry() -> int:
        """Nobody waits for the grace, or for what a dead worker had in its hands."""
        await db.execute("UPDATE jobs SET due_at = now()")
        left: int = await db.fetchval("SELECT count(*) FROM jobs")
        return left

    idle_cluster.start_workers("job stretch", only=DOING)
    await hurry()
    await idle_cluster.killed()
    idle_cluster.start_workers(only=DOING)
    await until(hurry, lambda left: left == 0)

    async def followed() -> int:
        total: int = await db.fetchval("SELECT sum(following_count) FROM users WHERE id = ANY($1)", crowd)
        return total

    assert await db.fetchval("SELECT count(*) FROM users WHERE id = $1", gone) == 0
    assert await db.fetchval("SELECT count(*) FROM relations WHERE $1 IN (from_id, to_id)", gone) == 0
    await until(followed, lambda total: total == 0)
    assert await counter_drift(db) == []
