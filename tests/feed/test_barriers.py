"""Two things at their worst moments: one begins, the other happens whole, the first ends."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from clients.postgres import Database
from clients.redis import Redis
from domain import events
from domain import relationships as graph
from domain.feed.fanout import Fanout
from domain.feed.timeline import Timeline, of_author, of_reader
from kit.gate import Gate
from tests.feed.storm import LIMIT, Town


@pytest.fixture
async def town(db: Database, valkey: Redis) -> AsyncIterator[Town]:
    """Seven people of whom nobody follows anybody, each with a set."""
    made = Town(db, valkey, 0)
    await made.settle(follows=False)
    yield made
    await made.background.close()


class Between(Timeline):
    """A timeline on which something else happens just before, or after, what is done to it."""

    def __init__(self, redis: Redis, method: str, act: Callable[[], Awaitable[object]], after: bool) -> None:
        super().__init__(redis, capacity=6, pulls=1)
        done = getattr(self, method)

        async def struck(*arguments: object) -> object:
            setattr(self, method, done)
            if not after:
                await act()
            result = await done(*arguments)
            if after:
                await act()
            return result

        setattr(self, method, struck)


def fanout(town: Town, timeline: Timeline | None = None, **more: int) -> Fanout:
    return Fanout(town.db, town.redis, timeline or town.timeline, LIMIT, chunk=more.get("chunk", 2), chunks=1)


async def apply_all(town: Town, event: events.Event | None, timeline: Timeline | None = None) -> None:
    while event is not None:
        event = await fanout(town, timeline).apply(event)


@pytest.mark.parametrize("after", [False, True])
async def test_publishing_meets_a_follow(town: Town, after: bool) -> None:
    author, reader, *_ = town.people
    post = await town.publish(author)

    async def follow() -> None:
        await town.stand(graph.follow, reader, author)
        await apply_all(town, events.FollowChanged(reader, author))

    await apply_all(town, events.PostPublished(post, author), Between(town.redis, "push", follow, after))
    await town.check()
    assert await town.definition(reader) == [post]
    assert post in [id for _, id in await town.set_of(reader)]


@pytest.mark.parametrize("after", [False, True])
async def test_a_chunk_of_a_fan_out_meets_an_unfollow(town: Town, after: bool) -> None:
    author, reader, *_ = town.people
    await town.stand(graph.follow, reader, author)
    post = await town.publish(author)

    async def unfollow() -> None:
        await town.stand(graph.unfollow, reader, author)
        await apply_all(town, events.FollowChanged(reader, author))

    await apply_all(town, events.PostPublished(post, author), Between(town.redis, "push", unfollow, after))
    assert len(await town.set_of(reader)) == (0 if after else 1), "left over, and not shown"
    await town.check()
    assert await town.definition(reader) == []
    await town.stand(graph.follow, reader, author)
    await apply_all(town, events.FollowChanged(reader, author))
    await town.check()
    assert await town.definition(reader) == [post]


@pytest.mark.parametrize("is_pulled", [False, True])
async def test_an_unfollow_meets_a_new_follow(town: Town, is_pulled: bool) -> None:
    author, reader, *_ = town.people
    await town.stand(graph.follow, reader, author)
    post = await town.publish(author)
    await town.quiet()
    await flag(town, author, is_pulled)
    await apply_all(town, events.ReachChanged(author))

    async def follow_again() -> None:
        await town.stand(graph.follow, reader, author)
        await apply_all(town, events.FollowChanged(reader, author))

    await town.stand(graph.unfollow, reader, author)
    between = Between(town.redis, "pull_no_more", follow_again, after=False)
    await apply_all(town, events.FollowChanged(reader, author), between)
    await town.db.execute("UPDATE outbox SET sent_at = now()")  # each has been applied, once
    assert await town.definition(reader) == [post]
    await town.publish(author)
    await town.quiet()
    await town.check()


@pytest.mark.parametrize("after", [False, True])
async def test_deleting_meets_a_fan_out(town: Town, after: bool) -> None:
    author, *readers = town.people
    for reader in readers:
        await town.stand(graph.follow, reader, author)
    post = await town.publish(author)

    async def delete() -> None:
        await town.delete(post)
        await apply_all(town, events.PostDeleted(post, author))

    await apply_all(town, events.PostPublished(post, author), Between(town.redis, "push", delete, after))
    for reader in town.people:
        assert await town.set_of(reader) == []
    await town.check()


async def flag(town: Town, author: int, is_pulled: bool) -> None:
    await town.db.execute(
        "UPDATE users SET is_pulled = $2, follower_count = $3 WHERE id = $1", author, is_pulled, 100 if is_pulled else 0
    )


@pytest.mark.parametrize("way", [True, False])
@pytest.mark.parametrize("moment", ["pull", "pull_no_more"])
async def test_an_author_turns_back_while_sets_are_turned(town: Town, way: bool, moment: str) -> None:
    author, reader, *_ = town.people
    await town.stand(graph.follow, reader, author)
    await town.quiet()
    await flag(town, author, way)

    async def turn_back() -> None:
        await flag(town, author, not way)
        await apply_all(town, events.ReachChanged(author))

    await apply_all(town, events.ReachChanged(author), Between(town.redis, moment, turn_back, after=False))
    assert await town.publish(author)
    await town.quiet()
    await town.check()


async def test_a_set_from_before_is_dropped_when_an_author_is_pulled_again(town: Town) -> None:
    author, reader, late, *_ = town.people
    await town.stand(graph.follow, reader, author)
    await flag(town, author, True)
    await town.publish(author)
    await town.quiet()
    await town.check()
    assert await town.set_of(author, of_author)
    await flag(town, author, False)
    pushed = await town.publish(author)
    await town.quiet()
    assert pushed not in [id for _, id in await town.set_of(author, of_author)]
    await flag(town, author, True)
    await apply_all(town, events.ReachChanged(author))
    await town.stand(graph.follow, late, author)
    await town.quiet()
    await town.check()


async def test_who_pulls_as_many_as_they_may_is_pushed_to(town: Town) -> None:
    first, second, reader, *_ = town.people
    for author in (first, second):
        await town.stand(graph.follow, reader, author)
    await town.quiet()
    for author in (first, second):
        await flag(town, author, True)
        await apply_all(town, events.ReachChanged(author))
    for author in (first, second):
        await town.publish(author)
    await town.quiet()
    assert len(await town.set_of(reader)) == 1, "of one it is pushed, of the other pulled"
    await town.check()


async def test_who_is_pulled_no_longer_is_not_read_from_an_old_set(town: Town) -> None:
    author, reader, *_ = town.people
    await town.stand(graph.follow, reader, author)
    await town.quiet()
    await town.timeline.pull([reader], author)  # as a stretch leaves it that another overtook
    post = await town.publish(author)
    await town.quiet()
    await town.check()
    [head] = await town.timeline.heads([of_reader(reader)], None, 10)
    assert (head.pulls, [id for _, id in head.places]) == ((), [post])


async def test_a_set_full_of_posts_that_are_gone_is_ranked_and_cleared(town: Town) -> None:
    author, reader, *_ = town.people
    await town.stand(graph.follow, reader, author)
    post = await town.publish(author)
    await town.quiet()
    await town.redis.delete(of_reader(reader))
    await town.redis.zadd(of_reader(reader), {"~": 5} | {f"{n:019d}": 2 * 10**12 + n for n in range(1, 120)})
    assert await town.ranked(reader) == [post]
    await town.settled()
    assert await town.set_of(reader) == []


@pytest.mark.parametrize("cold", [False, True])
async def test_what_somebody_muted_or_gone_publishes_does_not_crowd_out_the_rest(town: Town, cold: bool) -> None:
    author, muted, gone, reader, *_ = town.people
    for somebody in (author, muted, gone):
        await town.stand(graph.follow, reader, somebody)
    await town.stand(graph.mute, reader, muted)
    await town.quiet()
    post = await town.publish(author)
    await town.quiet()
    for _ in range(200):
        await town.publish(muted)
    await town.quiet()
    assert [id for _, id in await town.set_of(reader)] == [post]
    if cold:
        for _ in range(200):
            await town.publish(gone)
        await town.db.execute("UPDATE users SET status = 'DEACTIVATED' WHERE id = $1", gone)
        await town.redis.flushdb()
    assert await town.ranked(reader) == [post]
    assert await town.first_page(reader) == [post]


@pytest.mark.parametrize("gone", ["author", "reader"])
async def test_who_comes_back_is_in_the_sets_that_were_made_meanwhile(town: Town, gone: str) -> None:
    author, reader, *_ = town.people
    await town.stand(graph.follow, reader, author)
    posts = [await town.publish(author), await town.publish(reader)]
    await town.quiet()
    who = author if gone == "author" else reader
    await town.db.execute("UPDATE users SET status = 'DEACTIVATED' WHERE id = $1", who)
    await town.redis.flushdb()
    assert await town.first_page(reader) == (posts[1:] if gone == "author" else [])
    await town.settled()
    await town.db.execute("UPDATE users SET status = 'ACTIVE' WHERE id = $1", who)
    assert {id for _, id in await town.set_of(reader)} == set(posts)
    await town.check()


async def test_the_limit_is_crossed_at_the_limit_and_back_at_four_fifths(town: Town) -> None:
    author = town.people[0]
    seen = []
    for count in (9, 10, 9, 8, 7, 9, 10):
        await town.db.execute("UPDATE users SET follower_count = $2 WHERE id = $1", author, count)
        event = events.PostPublished(await town.publish(author), author)
        await Fanout(town.db, town.redis, town.timeline, 10).apply(event)
        seen.append(await town.db.fetchval("SELECT is_pulled FROM users WHERE id = $1", author))
    assert seen == [False, True, True, True, False, False, True]


async def test_a_fan_out_goes_on_where_it_was_left(town: Town) -> None:
    author, *readers = town.people
    for reader in readers:
        await town.stand(graph.follow, reader, author)
    await town.db.execute("UPDATE users SET follower_count = 0")
    post = await town.publish(author)
    event: events.Event | None = events.PostPublished(post, author)
    stretches = 0
    while event is not None:
        # A worker that dies in the middle of a stretch costs that stretch, not those before it.
        for reader in town.people:
            await town.redis.delete(of_reader(reader))
            await town.redis.zadd(of_reader(reader), {"~": 0})
        again = await fanout(town).apply(event)
        assert again == await fanout(town).apply(event)
        touched = [reader for reader in town.people if await town.set_of(reader)]
        assert len(touched) <= 3, "two followers, and the author at first"
        event, stretches = again, stretches + 1
    assert stretches >= 3


async def test_a_thin_set_answers_until_there_is_capacity_to_rebuild_it(town: Town) -> None:
    reader, home = town.people[0], town._home()
    home._cold = Gate("tests", 1, max_waiters=1, max_wait_s=0.01)

    async def floor() -> float:
        [own] = await town.timeline.heads([of_reader(reader)], None, 1)
        return own.floor

    assert await floor() < math.inf
    async with home._cold.enter():
        await home._refill(reader)
        assert await floor() < math.inf
    await home._refill(reader)
    assert await floor() < math.inf
