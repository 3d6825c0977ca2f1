"""The cached head of a feed says what it knows and no more."""

import math
import random
from collections.abc import AsyncIterator

import pytest

from domain.feed import timeline as module
from domain.feed.timeline import Timeline
from kit.cursor import Position
from workers.parts import Parts

READER = 424_242
KEY = f"feed:{{{READER}}}"


@pytest.fixture
async def timeline(parts: Parts) -> AsyncIterator[Timeline]:
    await parts.redis.delete(KEY)
    yield Timeline(parts.redis)
    await parts.redis.delete(KEY)


async def head(timeline: Timeline, after: Position | None, limit: int) -> tuple[list[Position], float]:
    """The places and the floor."""
    [found] = await timeline.heads([KEY], after, limit)
    return list(found.places), found.floor


async def fill(parts: Parts, floor: float, *places: Position) -> None:
    await parts.redis.zadd(KEY, {module.FLOOR: floor} | {f"{id:019d}": ms for ms, id in places})


async def test_no_set_answers_nothing_and_takes_nothing(timeline: Timeline, parts: Parts) -> None:
    assert await head(timeline, None, 10) == ([], math.inf)
    await timeline.push([KEY], [(5, 50)])
    assert not await parts.redis.exists(KEY)


async def test_ties_are_ordered_by_id_and_cursors_stand_between_them(timeline: Timeline, parts: Parts) -> None:
    places = [(9, 3), (7, 31), (7, 30), (7, 4), (5, 100)]
    await fill(parts, 0, *places)
    assert await head(timeline, None, 10) == (places, 0)
    assert await head(timeline, None, 2) == (places[:2], 0)
    assert await head(timeline, (7, 31), 2) == (places[2:4], 0)
    assert await head(timeline, (7, 4), 2) == (places[4:], 0)


async def test_more_ties_than_are_fetched_at_once(timeline: Timeline, parts: Parts) -> None:
    places = [(7, id) for id in range(120, 0, -1)]
    await fill(parts, 0, *places)
    seen, after = [], None
    while True:
        page, _ = await head(timeline, after, 3)
        if not page:
            break
        seen += page
        after = page[-1]
    assert seen == places


async def test_what_is_not_above_the_floor_is_the_databases(timeline: Timeline, parts: Parts) -> None:
    await fill(parts, 6, (9, 3), (7, 31))
    await timeline.push([KEY], [(8, 1), (6, 2), (5, 1)])
    assert await head(timeline, None, 10) == ([(9, 3), (8, 1), (7, 31)], 6)
    assert await head(timeline, (5, 2), 10) == ([], 6)


async def test_a_full_set_raises_its_floor(timeline: Timeline, parts: Parts) -> None:
    await fill(parts, 0)
    places = [(ms, ms) for ms in range(1, module.CAPACITY + 11)]
    random.Random(3).shuffle(places)
    for place in places:
        await timeline.push([KEY], [place])
    found, floor = await head(timeline, None, 1000)
    assert module.CAPACITY * 0.95 < len(found) <= module.CAPACITY
    assert found == sorted((place for place in places if place[0] > floor), reverse=True)
    assert floor >= 10
    assert await parts.redis.zcard(KEY) == len(found) + 1


async def test_a_full_set_with_ties_at_its_floor_stays_honest(timeline: Timeline, parts: Parts) -> None:
    await fill(parts, 0)
    await timeline.push([KEY], [(1, id) for id in range(1, 301)])
    await timeline.push([KEY], [(2, id) for id in range(301, 601)])
    found, floor = await head(timeline, None, 1000)
    assert floor == 1
    assert len(found) == 300
    await timeline.push([KEY], [(3, id) for id in range(601, 901)])
    found, floor = await head(timeline, None, 1000)
    assert (len(found), floor) == (300, 2)


async def test_what_is_pushed_while_a_set_is_rebuilt_is_kept(timeline: Timeline, parts: Parts) -> None:
    token = await timeline.begin(KEY)
    assert token
    assert not await timeline.begin(KEY), "one rebuild at a time"
    assert await head(timeline, None, 10) == ([], math.inf)
    await timeline.push([KEY], [(9, 9)])
    await timeline.finish(KEY, token, [(7, 7), (5, 5)])
    assert await head(timeline, None, 10) == ([(9, 9), (7, 7), (5, 5)], 0)


async def test_a_set_lives_on_when_it_is_read(timeline: Timeline, parts: Parts) -> None:
    await fill(parts, 0, (5, 5))
    await parts.redis.expire(KEY, 60)
    await head(timeline, None, 10)
    assert await parts.redis.ttl(KEY) > module.TTL_S - 60


async def test_an_unfinished_rebuild_does_not_last(timeline: Timeline, parts: Parts) -> None:
    dead = str(await timeline.begin(KEY))
    assert not await timeline.begin(KEY)
    await timeline.push([KEY], [(5, 5)])
    await head(timeline, None, 10)
    assert 0 < await parts.redis.ttl(KEY) <= module.BUILD_SECONDS
    await parts.redis.delete(KEY)  # as it does by itself then
    again = str(await timeline.begin(KEY))
    await timeline.finish(KEY, dead, [(7, 7)])
    assert await head(timeline, None, 10) == ([], math.inf), "what it read is too old"
    await timeline.finish(KEY, again, [(9, 9), (7, 7)])
    assert await head(timeline, None, 10) == ([(9, 9), (7, 7)], 0)
    assert await parts.redis.ttl(KEY) > module.BUILD_SECONDS


async def test_a_reader_pulls_so_many_and_no_more(timeline: Timeline) -> None:
    assert await timeline.pull([READER], 1) == [], "no set, nothing to do"
    token = str(await timeline.begin(KEY))
    assert await timeline.pull([READER], 1) == []
    await timeline.finish(KEY, token, [(5, 5)], [2, 3])
    for author in range(4, module.PULLS + 1):
        assert await timeline.pull([READER], author) == []
    assert await timeline.pull([READER], 1000) == [READER]
    assert await timeline.pull([READER], 2) == []
    [found] = await timeline.heads([KEY], None, 10)
    assert (found.places, found.floor) == ([(5, 5)], 0)
    assert set(found.pulls) == set(range(1, module.PULLS + 1))
    await timeline.pull_no_more([READER], 2)
    assert await timeline.pull([READER], 1000) == []
    await timeline.push([KEY], [(6, n) for n in range(600)])
    [found] = await timeline.heads([KEY], None, 1000)
    assert len(found.pulls) == module.PULLS, "they take no place of a post's"


async def test_authors_that_are_merged_take_no_place_of_posts(timeline: Timeline, parts: Parts) -> None:
    await fill(parts, 0)
    for author in range(module.PULLS):
        await timeline.pull([READER], author)
    places = [(ms, ms) for ms in range(1, module.CAPACITY - 30)]
    await timeline.push([KEY], places)
    assert await head(timeline, None, 1000) == (places[::-1], 0)


@pytest.mark.parametrize("before", [[], [(1, 1)]])
async def test_a_followee_with_more_than_fits_leaves_no_hole(
    timeline: Timeline, parts: Parts, before: list[Position]
) -> None:
    await fill(parts, 0, *before)
    newest = [(1000 - n, n + 2) for n in range(module.CAPACITY)]
    await timeline.merge([KEY], newest)
    found, floor = await head(timeline, None, 1000)
    assert floor >= newest[-1][0]
    assert found == [place for place in newest if place[0] > floor]


async def test_removed_posts_leave_the_rest(timeline: Timeline, parts: Parts) -> None:
    await fill(parts, 0, (9, 3), (7, 31), (5, 2))
    await timeline.remove([KEY], [31, 77])
    assert await head(timeline, None, 10) == ([(9, 3), (5, 2)], 0)


async def test_a_set_under_construction_answers_no_page_at_all(timeline: Timeline, parts: Parts) -> None:
    await timeline.begin(KEY)
    await timeline.push([KEY], [(ms, ms) for ms in range(1, 30)])
    assert await head(timeline, None, 5) == ([], math.inf)
    assert await head(timeline, (20, 20), 5) == ([], math.inf)


async def test_a_merge_too_large_for_a_set_under_construction_has_it_begun_anew(
    timeline: Timeline, parts: Parts
) -> None:
    token = await timeline.begin(KEY)
    await timeline.merge([KEY], [(1000 - n, n + 2) for n in range(module.CAPACITY)])
    await timeline.finish(KEY, str(token), [(5, 5)])
    assert not await parts.redis.exists(KEY)
