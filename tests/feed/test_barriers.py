"""Two things at their worst moments: one begins, the other happens whole, the first ends."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from clients.postgres import Database
from clients.redis import Redis
from domain import events
from domain import relationships as graph
from domain.feed import delivery_mode
from domain.feed.fanout import Fanout
from domain.feed.timeline import Timeline, of_author, of_reader
from kit.gate import Gate
from tests.feed.storm import LIMIT, FeedSimulation


@pytest.fixture
async def simulation(db: Database, valkey: Redis) -> AsyncIterator[FeedSimulation]:
    """Seven people of whom nobody follows anybody, each with a set."""
    made = FeedSimulation(db, valkey, 0)
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


def fanout(simulation: FeedSimulation, timeline: Timeline | None = None, **more: int) -> Fanout:
    return Fanout(
        simulation.db, simulation.redis, timeline or simulation.timeline, LIMIT, chunk=more.get("chunk", 2), chunks=1
    )


async def apply_all(simulation: FeedSimulation, event: events.Event | None, timeline: Timeline | None = None) -> None:
    while event is not None:
        event = await fanout(simulation, timeline).apply(event)


@pytest.mark.parametrize("after", [False, True])
async def test_publishing_meets_a_follow(simulation: FeedSimulation, after: bool) -> None:
    author, reader, *_ = simulation.people
    post = await simulation.publish(author)

    async def follow() -> None:
        await simulation.stand(graph.follow, reader, author)
        await apply_all(simulation, events.FollowChanged(reader, author))

    await apply_all(simulation, events.PostPublished(post, author), Between(simulation.redis, "push", follow, after))
    await simulation.check()
    assert await simulation.definition(reader) == [post]
    assert post in [id for _, id in await simulation.set_of(reader)]


@pytest.mark.parametrize("after", [False, True])
async def test_a_chunk_of_a_fan_out_meets_an_unfollow(simulation: FeedSimulation, after: bool) -> None:
    author, reader, *_ = simulation.people
    await simulation.stand(graph.follow, reader, author)
    post = await simulation.publish(author)

    async def unfollow() -> None:
        await simulation.stand(graph.unfollow, reader, author)
        await apply_all(simulation, events.FollowChanged(reader, author))

    await apply_all(simulation, events.PostPublished(post, author), Between(simulation.redis, "push", unfollow, after))
    assert len(await simulation.set_of(reader)) == (0 if after else 1), "left over, and not shown"
    await simulation.check()
    assert await simulation.definition(reader) == []
    await simulation.stand(graph.follow, reader, author)
    await apply_all(simulation, events.FollowChanged(reader, author))
    await simulation.check()
    assert await simulation.definition(reader) == [post]


@pytest.mark.parametrize("is_fanout_on_read", [False, True])
async def test_an_unfollow_meets_a_new_follow(simulation: FeedSimulation, is_fanout_on_read: bool) -> None:
    author, reader, *_ = simulation.people
    await simulation.stand(graph.follow, reader, author)
    post = await simulation.publish(author)
    await simulation.quiet()
    await flag(simulation, author, is_fanout_on_read)
    await apply_all(simulation, events.FanoutModeChanged(author))

    async def follow_again() -> None:
        await simulation.stand(graph.follow, reader, author)
        await apply_all(simulation, events.FollowChanged(reader, author))

    await simulation.stand(graph.unfollow, reader, author)
    between = Between(simulation.redis, "pull_no_more", follow_again, after=False)
    await apply_all(simulation, events.FollowChanged(reader, author), between)
    await simulation.db.execute("UPDATE outbox SET sent_at = now()")  # each has been applied, once
    assert await simulation.definition(reader) == [post]
    await simulation.publish(author)
    await simulation.quiet()
    await simulation.check()


@pytest.mark.parametrize("after", [False, True])
async def test_deleting_meets_a_fan_out(simulation: FeedSimulation, after: bool) -> None:
    author, *readers = simulation.people
    for reader in readers:
        await simulation.stand(graph.follow, reader, author)
    post = await simulation.publish(author)

    async def delete() -> None:
        await simulation.delete(post)
        await apply_all(simulation, events.PostDeleted(post, author))

    await apply_all(simulation, events.PostPublished(post, author), Between(simulation.redis, "push", delete, after))
    for reader in simulation.people:
        assert await simulation.set_of(reader) == []
    await simulation.check()


async def flag(simulation: FeedSimulation, author: int, is_fanout_on_read: bool) -> None:
    await simulation.db.execute(
        "UPDATE users SET is_pulled = $2, follower_count = $3 WHERE id = $1",
        author,
        is_fanout_on_read,
        100 if is_fanout_on_read else 0,
    )


@pytest.mark.parametrize("way", [True, False])
@pytest.mark.parametrize("moment", ["pull", "pull_no_more"])
async def test_an_author_turns_back_while_sets_are_turned(simulation: FeedSimulation, way: bool, moment: str) -> None:
    author, reader, *_ = simulation.people
    await simulation.stand(graph.follow, reader, author)
    await simulation.quiet()
    await flag(simulation, author, way)

    async def turn_back() -> None:
        await flag(simulation, author, not way)
        await apply_all(simulation, events.FanoutModeChanged(author))

    await apply_all(
        simulation, events.FanoutModeChanged(author), Between(simulation.redis, moment, turn_back, after=False)
    )
    assert await simulation.publish(author)
    await simulation.quiet()
    await simulation.check()


async def test_a_set_from_before_is_dropped_when_an_author_is_pulled_again(simulation: FeedSimulation) -> None:
    author, reader, late, *_ = simulation.people
    await simulation.stand(graph.follow, reader, author)
    await flag(simulation, author, True)
    await simulation.publish(author)
    await simulation.quiet()
    await simulation.check()
    assert await simulation.set_of(author, of_author)
    await flag(simulation, author, False)
    pushed = await simulation.publish(author)
    await simulation.quiet()
    assert pushed not in [id for _, id in await simulation.set_of(author, of_author)]
    await flag(simulation, author, True)
    await apply_all(simulation, events.FanoutModeChanged(author))
    await simulation.stand(graph.follow, late, author)
    await simulation.quiet()
    await simulation.check()


async def test_who_pulls_as_many_as_they_may_is_pushed_to(simulation: FeedSimulation) -> None:
    first, second, reader, *_ = simulation.people
    for author in (first, second):
        await simulation.stand(graph.follow, reader, author)
    await simulation.quiet()
    for author in (first, second):
        await flag(simulation, author, True)
        await apply_all(simulation, events.FanoutModeChanged(author))
    for author in (first, second):
        await simulation.publish(author)
    await simulation.quiet()
    assert len(await simulation.set_of(reader)) == 1, "of one it is pushed, of the other pulled"
    await simulation.check()


async def test_who_is_pulled_no_longer_is_not_read_from_an_old_set(simulation: FeedSimulation) -> None:
    author, reader, *_ = simulation.people
    await simulation.stand(graph.follow, reader, author)
    await simulation.quiet()
    await simulation.timeline.pull([reader], author)  # as a stretch leaves it that another overtook
    post = await simulation.publish(author)
    await simulation.quiet()
    await simulation.check()
    [head] = await simulation.timeline.heads([of_reader(reader)], None, 10)
    assert (head.pulls, [id for _, id in head.places]) == ((), [post])


async def test_a_set_full_of_posts_that_are_gone_is_ranked_and_cleared(simulation: FeedSimulation) -> None:
    author, reader, *_ = simulation.people
    await simulation.stand(graph.follow, reader, author)
    post = await simulation.publish(author)
    await simulation.quiet()
    await simulation.redis.delete(of_reader(reader))
    await simulation.redis.zadd(of_reader(reader), {"~": 5} | {f"{n:019d}": 2 * 10**12 + n for n in range(1, 120)})
    assert await simulation.ranked(reader) == [post]
    await simulation.settled()
    assert await simulation.set_of(reader) == []


@pytest.mark.parametrize("cold", [False, True])
async def test_what_somebody_muted_or_gone_publishes_does_not_crowd_out_the_rest(
    simulation: FeedSimulation, cold: bool
) -> None:
    author, muted, gone, reader, *_ = simulation.people
    for somebody in (author, muted, gone):
        await simulation.stand(graph.follow, reader, somebody)
    await simulation.stand(graph.mute, reader, muted)
    await simulation.quiet()
    post = await simulation.publish(author)
    await simulation.quiet()
    for _ in range(200):
        await simulation.publish(muted)
    await simulation.quiet()
    assert [id for _, id in await simulation.set_of(reader)] == [post]
    if cold:
        for _ in range(200):
            await simulation.publish(gone)
        await simulation.db.execute("UPDATE users SET status = 'DEACTIVATED' WHERE id = $1", gone)
        await simulation.redis.flushdb()
    assert await simulation.ranked(reader) == [post]
    assert await simulation.first_page(reader) == [post]


@pytest.mark.parametrize("gone", ["author", "reader"])
async def test_who_comes_back_is_in_the_sets_that_were_made_meanwhile(simulation: FeedSimulation, gone: str) -> None:
    author, reader, *_ = simulation.people
    await simulation.stand(graph.follow, reader, author)
    posts = [await simulation.publish(author), await simulation.publish(reader)]
    await simulation.quiet()
    who = author if gone == "author" else reader
    await simulation.db.execute("UPDATE users SET status = 'DEACTIVATED' WHERE id = $1", who)
    await simulation.redis.flushdb()
    assert await simulation.first_page(reader) == (posts[1:] if gone == "author" else [])
    await simulation.settled()
    await simulation.db.execute("UPDATE users SET status = 'ACTIVE' WHERE id = $1", who)
    assert {id for _, id in await simulation.set_of(reader)} == set(posts)
    await simulation.check()


async def test_the_limit_is_crossed_at_the_limit_and_back_at_four_fifths(simulation: FeedSimulation) -> None:
    author = simulation.people[0]
    seen = []
    for count in (9, 10, 9, 8, 7, 9, 10):
        await simulation.db.execute("UPDATE users SET follower_count = $2 WHERE id = $1", author, count)
        event = events.PostPublished(await simulation.publish(author), author)
        await Fanout(simulation.db, simulation.redis, simulation.timeline, 10).apply(event)
        seen.append(await simulation.db.fetchval("SELECT is_pulled FROM users WHERE id = $1", author))
    assert seen == [False, True, True, True, False, False, True]


async def test_a_fan_out_goes_on_where_it_was_left(simulation: FeedSimulation) -> None:
    author, *readers = simulation.people
    for reader in readers:
        await simulation.stand(graph.follow, reader, author)
    await simulation.db.execute("UPDATE users SET follower_count = 0")
    post = await simulation.publish(author)
    event: events.Event | None = events.PostPublished(post, author)
    stretches = 0
    while event is not None:
        # A worker that dies in the middle of a stretch costs that stretch, not those before it.
        for reader in simulation.people:
            await simulation.redis.delete(of_reader(reader))
            await simulation.redis.zadd(of_reader(reader), {"~": 0})
        again = await fanout(simulation).apply(event)
        assert again == await fanout(simulation).apply(event)
        touched = [reader for reader in simulation.people if await simulation.set_of(reader)]
        assert len(touched) <= 3, "two followers, and the author at first"
        event, stretches = again, stretches + 1
    assert stretches >= 3


async def test_a_thin_set_answers_until_there_is_capacity_to_rebuild_it(simulation: FeedSimulation) -> None:
    reader, home = simulation.people[0], simulation._home()
    home._cold = Gate("tests", 1, max_waiters=1, max_wait_s=0.01)

    async def floor() -> float:
        [own] = await simulation.timeline.heads([of_reader(reader)], None, 1)
        return own.floor

    assert await floor() < math.inf
    async with home._cold.enter():
        await home._refill(reader)
        assert await floor() < math.inf
    await home._refill(reader)
    assert await floor() < math.inf


async def test_publisher_has_the_post_in_the_own_set(simulation: FeedSimulation) -> None:
    author = simulation.people[0]
    post = await simulation.publish(author)
    await apply_all(simulation, events.PostPublished(post, author))
    assert [id for _, id in await simulation.set_of(author)] == [post]


async def test_a_fan_out_begins_anew_where_the_way_has_changed(simulation: FeedSimulation) -> None:
    author = simulation.people[0]
    for is_fanout_on_read in (True, False):
        await flag(simulation, author, is_fanout_on_read)
        begun = events.PostPublished(1, author, 7, not is_fanout_on_read)
        assert await fanout(simulation)._this_way(begun) == events.PostPublished(1, author, 0, is_fanout_on_read)
        assert (
            await fanout(simulation)._this_way(begun_now := events.PostDeleted(1, author, 7, is_fanout_on_read))
            == begun_now
        )


async def test_change_of_delivery_is_recorded_once(simulation: FeedSimulation) -> None:
    author = simulation.people[0]
    await simulation.db.execute("UPDATE users SET follower_count = 10 WHERE id = $1", author)
    for _ in range(2):
        await delivery_mode.update_fanout_mode(simulation.db, author, 10)
    recorded = "SELECT count(*) FROM outbox WHERE kind = 'ReachChanged' AND (payload ->> 'author_id')::bigint = $1"
    assert await simulation.db.fetchval(recorded, author) == 1


@pytest.mark.parametrize("act", [graph.unfollow, graph.mute])
async def test_posts_of_an_author_who_is_not_wanted_leave_the_set(simulation: FeedSimulation, act: Any) -> None:
    author, reader, *_ = simulation.people
    await simulation.stand(graph.follow, reader, author)
    post = await simulation.publish(author)
    await simulation.quiet()
    assert [id for _, id in await simulation.set_of(reader)] == [post]
    await simulation.stand(act, reader, author)
    await simulation.quiet()
    assert await simulation.set_of(reader) == []


async def test_a_thin_set_is_replaced(simulation: FeedSimulation) -> None:
    author, reader, *_ = simulation.people
    await simulation.stand(graph.follow, reader, author)
    post = await simulation.publish(author)
    await simulation.quiet()
    await simulation.timeline.remove([of_reader(reader)], [post])
    assert await simulation.set_of(reader) == []
    await simulation._home()._refill(reader)
    assert [id for _, id in await simulation.set_of(reader)] == [post]


async def test_older_posts_of_a_hot_author_are_the_databases_to_answer(simulation: FeedSimulation) -> None:
    author, reader, *_ = simulation.people
    await simulation.stand(graph.follow, reader, author)
    await flag(simulation, author, True)
    for _ in range(12):
        await simulation.publish(author)
    await simulation.quiet()
    await apply_all(simulation, events.FanoutModeChanged(author))
    await simulation.check()
    [head] = await simulation.timeline.heads([of_author(author)], None, 100)
    assert 0 < head.floor < math.inf, "the set has not all of them"
    assert len(await simulation.definition(reader)) == 12


async def test_deleted_post_leaves_all_sets(simulation: FeedSimulation) -> None:
    author, *readers = simulation.people
    for reader in readers:
        await simulation.stand(graph.follow, reader, author)
    kept, post = [await simulation.publish(author) for _ in range(2)]
    await simulation.quiet()
    assert {id for _, id in await simulation.set_of(readers[-1])} == {kept, post}
    await simulation.delete(post)
    await simulation.quiet()
    for reader in simulation.people:
        assert [id for _, id in await simulation.set_of(reader)] == [kept]
