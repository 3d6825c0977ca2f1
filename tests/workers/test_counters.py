"""Counters lose nothing, drift nowhere, and are cheap where it is hot."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from clients import postgres
from clients.postgres import Database
from domain.accounts.rows import User
from domain.likes.actions import like, unlike
from domain.posts import reads
from domain.posts.rows import Post
from tests.support.client import until
from tests.support.counters import counter_drift
from tests.support.factories import people, published
from tests.workers.conftest import Cluster
from workers.parts import Parts

COUNTING = ("relay", "counters")


async def count_of(db: Database, post: Post) -> int:
    number: int = await db.fetchval("SELECT like_count FROM posts WHERE id = $1", post.id)
    return number


@contextlib.asynccontextmanager
async def updates_counted(db: Database, post: Post) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """How often the row of the post is updated in the block, by a trigger of its own."""
    await db.execute(
        f"""
        CREATE SEQUENCE updates_seen;
        CREATE FUNCTION see_update() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM nextval('updates_seen'); RETURN NULL; END $$;
        CREATE TRIGGER see_update AFTER UPDATE ON posts FOR EACH ROW WHEN (NEW.id = {post.id})
            EXECUTE FUNCTION see_update();
        """
    )

    async def seen() -> int:
        last: int = await db.fetchval("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM updates_seen")
        return last

    yield seen
    await db.execute("DROP FUNCTION see_update CASCADE; DROP SEQUENCE updates_seen")


async def test_two_thousand_like_one_post_at_once(parts: Parts, workers: None) -> None:
    db = parts.db
    author_id, *crowd = await people(db, 2001)
    post, author = await published(db, parts.redis, author_id)
    shown: list[int] = []

    async def watch() -> None:
        while True:
            [seen] = await reads.Posts(db, parts.redis).by_id([post.id])
            assert seen is not None
            shown.append(seen.likes)
            await asyncio.sleep(0.02)

    async with updates_counted(db, post) as updates:
        watching = asyncio.create_task(watch())
        await asyncio.gather(*(like(db, who, post, [author]) for who in crowd))
        # Some change their minds, and some like twice.
        await asyncio.gather(*(unlike(db, who, Post, post.id) for who in crowd[:300]))
        await asyncio.gather(*(like(db, who, post, [author]) for who in crowd[100:500]))
        await until(lambda: count_of(db, post), lambda count: count == 1900, seconds=5)
        watching.cancel()
        assert await updates() <= 12
    assert min(shown) >= 0
    assert max(shown) <= 2000
    [seen] = await reads.Posts(db, parts.redis).by_id([post.id])
    assert seen is not None
    assert seen.likes == 1900, "the cached row shows what the flush has left"
    assert await counter_drift(db) == []


async def test_repair_mends_what_is_amiss_and_nothing_else(spare_database: str, parts: Parts) -> None:
    db = await postgres.connect(spare_database, size=4)
    author_id, *crowd = await people(db, 21)
    post, author = await published(db, parts.redis, author_id)
    for who in crowd:
        await like(db, who, post, [author])
    assert await counter_drift(db) == [], "a pending tally is not drift"
    await db.execute("UPDATE posts SET like_count = 7 WHERE id = $1", post.id)
    await db.execute("UPDATE users SET follower_count = -3 WHERE id = $1", crowd[0])
    found = await counter_drift(db)
    assert sorted((each.counter, each.by) for each in found) == [("post.likes", 7), ("user.followers", -3)]
    assert await count_of(db, post) == 0, "the likes on their way will be added"
    assert await counter_drift(db) == []
    await db.close()


async def storm(cluster: Cluster, post: Post, author: User, crowd: list[int]) -> int:
    """Likes and changes of mind in any order, many at a time; how many likes are left."""
    dice = random.Random(7)
    liked = set()
    for _ in range(4):
        some = dice.sample(crowd, 60)
        turns = [who in liked for who in some]
        await asyncio.gather(
            *(
                unlike(cluster.parts.db, who, Post, post.id) if has else like(cluster.parts.db, who, post, [author])
                for who, has in zip(some, turns, strict=True)
            )
        )
        liked ^= set(some)
    return len(liked)


POINTS = ["tallies relayed", "counts taken", "counts committed", "counts shown"]


@pytest.fixture
async def repaired_cluster(idle_cluster: Cluster) -> Cluster:
    """The cluster with no workers running, after the counters that other tests have left wrong are repaired."""
    await counter_drift(idle_cluster.parts.db)
    return idle_cluster


@pytest.mark.kill
@pytest.mark.parametrize("point", POINTS)
async def test_a_counting_worker_is_killed(repaired_cluster: Cluster, point: str) -> None:
    db = repaired_cluster.parts.db
    author_id, *crowd = await people(db, 101)
    post, author = await published(db, repaired_cluster.parts.redis, author_id)
    repaired_cluster.start_workers(point, only=COUNTING)
    expected = await storm(repaired_cluster, post, author, crowd)
    await repaired_cluster.killed()
    await repaired_cluster.forget_the_dead()
    repaired_cluster.start_workers(only=COUNTING)
    await until(lambda: count_of(db, post), lambda count: count == expected)
    assert await counter_drift(db) == []


@pytest.mark.kill
@pytest.mark.parametrize("fault", ["restarted", "set back", "emptied"])
@pytest.mark.parametrize("point", POINTS)
async def test_valkey_is_struck_while_it_counts(repaired_cluster: Cluster, point: str, fault: str) -> None:
    db = repaired_cluster.parts.db
    author_id, *crowd = await people(db, 101)
    post, author = await published(db, repaired_cluster.parts.redis, author_id)
    repaired_cluster.start_workers(point, "SIGSTOP", only=COUNTING)
    before = repaired_cluster.valkey_log().stat().st_size
    expected = await storm(repaired_cluster, post, author, crowd)
    await repaired_cluster.struck()
    repaired_cluster.restart_valkey(keep=before if fault == "set back" else None, lose_data=fault == "emptied")
    repaired_cluster.go_on()
    await until(lambda: count_of(db, post), lambda count: count == expected)
    await repaired_cluster.forget_the_dead()
    # What comes again is not there any more; what other tests have left is counted soon.
    await until(lambda: db.fetchval("SELECT count(*) FROM tallies"), lambda left: left == 0)
    assert await count_of(db, post) == expected
    assert await counter_drift(db) == []
