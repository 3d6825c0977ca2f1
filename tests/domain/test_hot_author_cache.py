"""What a process keeps of the sets of authors whose posts are merged by readers."""

import math
from collections.abc import Coroutine, Sequence
from typing import Any

import numpy as np
import pytest

from domain.feed import hot_author_cache
from domain.feed.hot_author_cache import HotAuthorCache, newest
from domain.feed.timeline import Head, of_author
from kit.cursor import Position


class Sets:
    """Stands in for Redis."""

    capacity = 500

    def __init__(self, floor: float = 0) -> None:
        self.floor = floor
        self.asked: list[str] = []

    async def heads(self, keys: Sequence[str], after: Position | None, limit: int) -> list[Head]:
        self.asked += keys
        return [Head([(5, 50)], self.floor)] * len(keys)


class Background:
    """Keeps work until it is done."""

    def __init__(self) -> None:
        self.work: list[Coroutine[Any, Any, Any]] = []

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> bool:
        self.work.append(work)
        return True

    async def do(self) -> None:
        while self.work:
            await self.work.pop()


def cached(sets: Sets, background: Background | None = None, now: list[float] | None = None) -> HotAuthorCache:
    present = now or [0.0]
    return HotAuthorCache(sets, background or Background(), lambda: present[0])  # type: ignore[arg-type]


async def test_sets_are_used_for_ten_seconds_and_fetched_again_after_two() -> None:
    sets, background, now = Sets(), Background(), [0.0]
    cache = cached(sets, background, now)
    for instant, asked, asked_beside in (
        (0.0, 1, 0),
        (1.9, 0, 0),
        (2.0, 0, 1),
        (3.9, 0, 0),
        (13.9, 1, 0),
        (24.0, 1, 0),
    ):
        now[0], before = instant, len(sets.asked)
        [(places, floor)] = await cache.heads([7])
        assert (places.tolist(), floor) == ([[5, 50]], 0)
        assert len(sets.asked) - before == asked, instant
        await background.do()
        assert len(sets.asked) - before == asked + asked_beside, instant
    assert set(sets.asked) == {of_author(7)}


async def test_missing_set_is_not_kept() -> None:
    sets = Sets(math.inf)
    cache = cached(sets)
    for _ in range(3):
        assert (await cache.heads([7]))[0][1] == math.inf
    assert len(sets.asked) == 3


async def test_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot_author_cache, "MAX_CACHED_AUTHORS", 3)
    sets = Sets()
    cache = cached(sets)
    for authors in ([1, 2], [3, 4, 5], [4, 5]):
        await cache.heads(authors)
    assert sets.asked == [of_author(author) for author in (1, 2, 3, 4, 5)]
    await cache.heads([1])
    assert sets.asked[-1] == of_author(1), "the one that was fetched first went first"


def test_newest_of_several_parts() -> None:
    parts = [np.array(part, np.int64) for part in ([(9, 1), (7, 2), (5, 3)], [(7, 5), (7, 2), (6, 4)])]
    assert newest(parts, None, 5, 10) == [(9, 1), (7, 5), (7, 2), (6, 4)]
    assert newest(parts, (7, 5), 0, 10) == [(7, 2), (6, 4), (5, 3)]
    assert newest(parts, None, 0, 2) == [(9, 1), (7, 5)]
    many = [np.array([(n, n) for n in range(100)], np.int64)]
    assert newest(many, (50, 50), 0, 3) == [(49, 49), (48, 48), (47, 47)]
