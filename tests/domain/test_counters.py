"""Counters one by one: how batches are added up, what is shown, and what repair finds."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from clients import postgres
from clients.postgres import Database
from domain import counters, relationships
from domain.accounts import reads as accounts
from domain.counters import MAX_EXACT_COUNT, Count, Tally
from domain.graph.rows import Kind
from domain.likes.actions import like, unlike
from domain.posts import reads
from domain.posts.rows import Post
from tests.support.counters import counter_drift
from tests.support.factories import liked, people, published
from workers.parts import Parts


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    """A database whose tallies no worker counts."""
    opened = await postgres.connect(spare_database, size=3)
    yield opened
    await opened.close()


async def new_post(db: Database, parts: Parts) -> int:
    [author_id] = await people(db, 1)
    post, _ = await published(db, parts.redis, author_id)
    return post.id


async def record(db: Database, *counts: Count) -> None:
    async with db.acquire() as tx, tx.transaction():
        await counters.count(tx, 1, *counts)


async def recorded(db: Database) -> list[Tally]:
    records = await db.fetch("SELECT id, counts FROM tallies ORDER BY id")
    return [counters.read(record["id"], record["counts"].encode()) for record in records]


async def likes(db: Database, post_id: int) -> int:
    count: int = await db.fetchval("SELECT like_count FROM posts WHERE id = $1", post_id)
    return count


async def test_tally_is_counted_once_however_often_it_comes(db: Database, parts: Parts) -> None:
    post = await new_post(db, parts)
    await record(db, Count("post.likes", post, 1))
    batch = await recorded(db)
    for _ in range(2):
        assert await counters.flush(db, batch) == [(post, 1, 0)]
    assert await likes(db, post) == 1
    assert await recorded(db) == []


async def test_counts_of_a_batch_are_added_up(db: Database, parts: Parts) -> None:
    one, other = [await new_post(db, parts) for _ in range(2)]
    await db.execute("UPDATE posts SET like_count = 5")
    await record(db, Count("post.likes", one, 1), Count("post.comments", one, 1))
    await record(db, Count("post.likes", one, 1), Count("post.likes", other, -1))
    await counters.flush(db, await recorded(db))
    assert [await likes(db, post) for post in (one, other)] == [7, 4]
    assert await db.fetchval("SELECT comment_count FROM posts WHERE id = $1", one) == 1


async def test_numbers_that_are_shown_are_never_below_zero(db: Database, parts: Parts) -> None:
    post = await new_post(db, parts)
    await record(db, Count("post.likes", post, -1), Count("post.comments", post, -1))
    assert await counters.flush(db, await recorded(db)) == [(post, 0, 0)]
    assert await likes(db, post) == -1, "what comes late makes up for it"


async def test_small_numbers_are_exact_and_large_ones_include_the_change(db: Database, parts: Parts) -> None:
    post = await new_post(db, parts)

    async def shown(rows: int, counted: int, by: int) -> int:
        await db.execute("DELETE FROM likes")
        async with db.acquire() as tx, tx.transaction():
            await liked(tx, post, rows)
            await tx.execute("UPDATE posts SET like_count = $2 WHERE id = $1", post, counted)
            return await counters.now(tx, "post.likes", post, by)

    assert await shown(3, 7, 1) == 3
    assert await shown(MAX_EXACT_COUNT - 1, 0, 1) == MAX_EXACT_COUNT - 1
    assert await shown(MAX_EXACT_COUNT + 5, 30, 1) == 31
    assert await shown(MAX_EXACT_COUNT + 5, 30, -1) == 29
    assert await shown(MAX_EXACT_COUNT + 5, 2, 1) == MAX_EXACT_COUNT


async def test_repair_reads_the_tallies_of_one_counter(db: Database, parts: Parts) -> None:
    post = await new_post(db, parts)
    await db.execute(
        """
        INSERT INTO comments (id, post_id, author_id, text, created_at)
        SELECT next_id(0), id, author_id, 'x', now() FROM posts WHERE id = $1
        """,
        post,
    )
    await record(db, Count("post.comments", post, 1))
    assert await counter_drift(db) == []


async def test_repair_goes_through_all_rows(db: Database) -> None:
    ids = sorted(await people(db, 5))
    await db.execute("UPDATE users SET follower_count = 9")
    after, mended = 0, []
    for _ in range(4):
        drift, after = await counters.repair(db, "users", after, 2)
        mended += [each.id for each in drift]
        if not after:
            break
    assert (mended, after) == (ids, 0)


async def test_only_counted_rows_are_counted(db: Database, parts: Parts) -> None:
    followee, *others = await people(db, 5)
    post, _ = await published(db, parts.redis, followee)
    for kind, is_counted, who in zip(
        (Kind.FOLLOW, Kind.FOLLOW, Kind.REQUEST), (True, False, True), others, strict=False
    ):
        await db.execute(
            "INSERT INTO relations (id, from_id, to_id, kind, is_counted) VALUES (next_id(0), $1, $2, $3, $4)",
            who,
            followee,
            kind,
            is_counted,
        )
    for is_counted, who in zip((True, False), others, strict=False):
        await db.execute(
            "INSERT INTO likes (id, subject_id, user_id, is_counted) VALUES (next_id(0), $1, $2, $3)",
            post.id,
            who,
            is_counted,
        )
    await db.execute(
        """
        INSERT INTO posts (id, author_id, status, caption, created_at) VALUES (next_id(1), $1, 'PROCESSING', '', now())
        """,
        followee,
    )
    await counter_drift(db)
    counted = await db.fetchrow("SELECT follower_count, post_count FROM users WHERE id = $1", followee)
    assert (tuple(counted), await likes(db, post.id)) == ((1, 1), 1)


async def test_uncounted_like_is_taken_back_without_a_count(db: Database, parts: Parts) -> None:
    author_id, who = await people(db, 2)
    post, author = await published(db, parts.redis, author_id)
    for is_counted, tallies in ((True, 1), (False, 0)):
        await like(db, who, post, [author])
        await db.execute("UPDATE likes SET is_counted = $1", is_counted)
        await db.execute("DELETE FROM tallies")
        await unlike(db, who, Post, post.id)
        assert len(await recorded(db)) == tallies


async def test_uncounted_like_across_a_block_is_hidden_once(db: Database, parts: Parts) -> None:
    """It is in no count, so that it must not be taken off."""
    author_id, viewer_id, who = await people(db, 3)
    post, author = await published(db, parts.redis, author_id)
    await like(db, who, post, [author])
    await db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(0), $1, $2, $3)", viewer_id, who, Kind.BLOCK
    )
    for is_counted in (True, False):
        await db.execute("UPDATE likes SET is_counted = $1", is_counted)
        [view] = await reads.views(db, viewer_id, [post.id])
        assert view.hidden_likes == int(is_counted)


async def test_whatever_changes_a_follow_is_counted(db: Database) -> None:
    ada, eve = await people(db, 2)

    async def change(act: Callable[..., Awaitable[object]], who: int, whom: int) -> tuple[int, int]:
        """How many ada follows, and how many follow eve, once all that is recorded has been counted."""
        [user] = await accounts.users(db, who, [whom])
        await act(db, who, user)
        await counters.flush(db, await recorded(db))
        assert await counter_drift(db) == []
        following = await db.fetchval("SELECT following_count FROM users WHERE id = $1", ada)
        followers = await db.fetchval("SELECT follower_count FROM users WHERE id = $1", eve)
        return following, followers

    assert await change(relationships.follow, ada, eve) == (1, 1)
    assert await change(relationships.follow, ada, eve) == (1, 1)
    assert await change(relationships.unfollow, ada, eve) == (0, 0)
    await db.execute("UPDATE users SET is_private = true")
    assert await change(relationships.follow, ada, eve) == (0, 0)
    assert await change(relationships.accept, eve, ada) == (1, 1)
    assert await change(relationships.remove_follower, eve, ada) == (0, 0)
    await db.execute("UPDATE users SET is_private = false")
    assert await change(relationships.follow, ada, eve) == (1, 1)
    assert await change(relationships.block, eve, ada) == (0, 0)
