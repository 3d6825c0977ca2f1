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


async def fill(parts: Parts, floor: float, *places: Position) -> None:
    await parts.redis.zadd(KEY, {module.FLOOR: floor} | {f"{id:019d}": ms for ms, id in places})


async def test_no_set_answers_nothing_and_takes_nothing(timeline: Timeline, parts: Parts) -> None:
    assert await timeline.head(READER, None, 10) == ([], math.inf)
    await timeline.push([READER], [(5, 50)])
    assert not await parts.redis.exists(KEY)


async def test_ties_are_ordered_by_id_and_cursors_stand_between_them(timeline: Timeline, parts: Parts) -> None:
    places = [(9, 3), (7, 31), (7, 30), (7, 4), (5, 100)]
    await fill(parts, 0, *places)
    assert await timeline.head(READER, None, 10) == (places, 0)
    assert await timeline.head(READER, None, 2) == (places[:2], -math.inf)
    assert await timeline.head(READER, (7, 31), 2) == (places[2:4], -math.inf)
    assert await timeline.head(READER, (7, 4), 2) == (places[4:], 0)


async def test_more_ties_than_are_fetched_at_once(timeline: Timeline, parts: Parts) -> None:
    places = [(7, id) for id in range(120, 0, -1)]
    await fill(parts, 0, *places)
    seen, after = [], None
    while True:
        page, floor = await timeline.head(READER, after, 3)
        seen += page
        if floor == 0:
            break
        after = page[-1]
    assert seen == places


async def test_what_is_not_above_the_floor_is_the_databases(timeline: Timeline, parts: Parts) -> None:
    await fill(parts, 6, (9, 3), (7, 31))
    await timeline.push([READER], [(8, 1), (6, 2), (5, 1)])
    assert await timeline.head(READER, None, 10) == ([(9, 3), (8, 1), (7, 31)], 6)
    assert await timeline.head(READER, (5, 2), 10) == ([], math.inf)


async def test_a_full_set_raises_its_floor(timeline: Timeline, parts: Parts) -> None:
    await fill(parts, 0)
    places = [(ms, ms) for ms in range(1, module.CAPACITY + 11)]
    random.Random(3).shuffle(places)
    for place in places:
        await timeline.push([READER], [place])
    found, floor = await timeline.head(READER, None, 1000)
    assert found == sorted(places, reverse=True)[: module.CAPACITY]
    assert floor == 10
    assert await parts.redis.zcard(KEY) == module.CAPACITY + 1


async def test_a_full_set_with_ties_at_its_floor_stays_honest(timeline: Timeline, parts: Parts) -> None:
    await fill(parts, 0)
    await timeline.push([READER], [(1, id) for id in range(1, 301)])
    await timeline.push([READER], [(2, id) for id in range(301, 601)])
    found, floor = await timeline.head(READER, None, 1000)
    assert floor == 1
    assert len(found) == 300
    await timeline.push([READER], [(3, id) for id in range(601, 901)])
    found, floor = await timeline.head(READER, None, 1000)
    assert (len(found), floor) == (300, 2)


async def test_what_is_pushed_while_a_set_is_rebuilt_is_kept(timeline: Timeline, parts: Parts) -> None:
    assert await timeline._begin(keys=[KEY])
    assert not await timeline._begin(keys=[KEY]), "one rebuild at a time"
    assert await timeline.head(READER, None, 10) == ([], math.inf)
    await timeline.push([READER], [(9, 9)])
    await timeline._finish(keys=[KEY], args=[0, 5, f"{5:019d}", 7, f"{7:019d}"])
    assert await timeline.head(READER, None, 10) == ([(9, 9), (7, 7), (5, 5)], 0)
    assert module.BUILD_SECONDS < await parts.redis.ttl(KEY) <= module.LIFE_SECONDS


async def test_an_unfinished_rebuild_does_not_last(timeline: Timeline, parts: Parts) -> None:
    await timeline._begin(keys=[KEY])
    assert 0 < await parts.redis.ttl(KEY) <= module.BUILD_SECONDS


async def test_a_followee_with_more_than_fits_leaves_no_hole(timeline: Timeline, parts: Parts) -> None:
    await fill(parts, 0, (1, 1))
    newest = [(1000 - n, n + 2) for n in range(module.CAPACITY)]
    await timeline.merge(READER, newest)
    found, floor = await timeline.head(READER, None, 1000)
    assert floor >= newest[-1][0]
    assert found == [place for place in newest if place[0] > floor]


async def test_removed_posts_leave_the_rest(timeline: Timeline, parts: Parts) -> None:
    await fill(parts, 0, (9, 3), (7, 31), (5, 2))
    await timeline.remove([READER], [31, 77])
    assert await timeline.head(READER, None, 10) == ([(9, 3), (5, 2)], 0)


async def test_a_set_under_construction_answers_no_page_at_all(timeline: Timeline, parts: Parts) -> None:
    await timeline._begin(keys=[KEY])
    await timeline.push([READER], [(ms, ms) for ms in range(1, 30)])
    assert await timeline.head(READER, None, 5) == ([], math.inf)
    assert await timeline.head(READER, (20, 20), 5) == ([], math.inf)


async def test_a_merge_too_large_for_a_set_under_construction_has_it_begun_anew(
    timeline: Timeline, parts: Parts
) -> None:
    await timeline._begin(keys=[KEY])
    await timeline.merge(READER, [(1000 - n, n + 2) for n in range(module.CAPACITY)])
    await timeline._finish(keys=[KEY], args=[0, 5, f"{5:019d}"])
    assert not await parts.redis.exists(KEY)
