"""Fan-out is fair, and costs a stretch where a worker dies."""

from typing import Any

import pytest

from domain import events
from domain.feed.fanout import Fanout
from domain.feed.timeline import Timeline, of_reader
from tests.support import factories
from tests.support.client import until
from workers.parts import Parts

HUGE = 99_999  # with one more they would be pulled


async def publish(parts: Parts, author: int) -> int:
    post, _ = await factories.published(parts.db, parts.redis, author)
    async with parts.db.acquire() as tx, tx.transaction():
        await events.record(tx, events.PostPublished(post.id, author), author)
    return post.id


@pytest.fixture
async def authors(parts: Parts) -> tuple[int, int, int]:
    """One with almost 100,000 followers, one with one, and that one, who has a set."""
    huge, small, reader = await factories.people(parts.db, 3)
    await parts.db.execute(
        """
        INSERT INTO relations (id, from_id, to_id, kind)
        SELECT next_id(0), next_id(0), $1, 1 FROM generate_series(1, $2)
        """,
        huge,
        HUGE,
    )
    await parts.db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(0), $1, $2, 1)", reader, small
    )
    await parts.redis.zadd(of_reader(reader), {"~": 0})
    return huge, small, reader


async def group(parts: Parts) -> dict[str, Any]:
    """How far the group has come."""
    return next(each for each in await parts.redis.xinfo_groups("events") if each["name"] == b"fanout")


async def test_who_has_few_followers_waits_for_nobody_who_has_many(
    parts: Parts, authors: tuple[int, int, int], workers: None
) -> None:
    huge, small, reader = authors
    await parts.redis.zadd(of_reader(huge), {"~": 0})
    posts = [await publish(parts, huge) for _ in range(17)]
    await until(lambda: parts.redis.zcard(of_reader(huge)), lambda size: size > 1)
    post = await publish(parts, small)
    # More huge fan-outs are under way than a worker applies at a time.
    await until(
        lambda: parts.redis.zscore(of_reader(reader), f"{post:019d}"), lambda score: score is not None, seconds=5
    )
    assert (await group(parts))["pending"], "they are still under way"
    # Nobody is left to reach: that ends them.
    await parts.db.execute("DELETE FROM relations WHERE to_id = $1", huge)
    await parts.db.execute("DELETE FROM posts WHERE id = ANY($1)", posts)
    await until(lambda: group(parts), lambda found: not (found["pending"] or found["lag"]), 60)


async def test_a_stretch_is_five_thousand_readers(parts: Parts, authors: tuple[int, int, int]) -> None:
    huge, _, _ = authors
    post, _ = await factories.published(parts.db, parts.redis, huge)
    chunks = 0

    def pushed() -> None:
        nonlocal chunks
        chunks += 1

    fan = Fanout(parts.db, parts.redis, Timeline(parts.redis), 10**6, pushed)
    left = await fan.apply(events.PostPublished(post.id, huge))
    assert isinstance(left, events.PostPublished)
    assert chunks == 10
    await fan.apply(left)
    assert chunks == 20, "it goes on where it was left"
    await parts.db.execute("DELETE FROM relations WHERE to_id = $1", huge)
