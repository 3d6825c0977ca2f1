"""The sets of pulled authors, kept in each process for a moment: everybody reads the same few.

What is kept is at most 2 s old, of at most 500 authors. Without it each read of a feed would fetch up to 50 more sets,
and those of the most popular authors would be read by everybody from one place.
"""

import math
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from domain.feed.timeline import Timeline, of_author
from kit.cursor import Position

FRESH_SECONDS = 2.0
KEPT = 500


Places = NDArray[np.int64]
"""Rows of (ms, id), newest first."""


class Pulled:
    """What this process has read of pulled authors."""

    def __init__(self, timeline: Timeline, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeline = timeline
        self._clock = clock
        self._kept: dict[int, tuple[float, Places, float]] = {}

    async def heads(self, authors: Sequence[int]) -> list[tuple[Places, float]]:
        """The newest posts of each author, at most 500, and the floor (`timeline`) of the set they are from.

        No round trip where all are fresh, one where any is not.
        """
        now = self._clock()
        found = {author: kept for author in authors if (kept := self._kept.get(author)) and kept[0] > now}
        stale = [author for author in authors if author not in found]
        if stale:
            heads = await self._timeline.heads([of_author(author) for author in stale], None, self._timeline.capacity)
            for author, head in zip(stale, heads, strict=True):
                places = np.array(head.places, np.int64).reshape(-1, 2)
                found[author] = now + FRESH_SECONDS, places, head.floor
                self._kept.pop(author, None)
                if head.floor < math.inf:
                    self._kept[author] = found[author]
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return [found[author][1:] for author in authors]


def newest(parts: Sequence[Places], after: Position | None, floor: float, limit: int) -> list[Position]:
    """The newest `limit` of all places above `floor` (ms) and beyond `after`, each once. None is in three parts."""
    places = np.concatenate(parts)
    ms, ids = places[:, 0], places[:, 1]
    wanted = ms > floor
    if after is not None:
        wanted &= (ms < after[0]) | ((ms == after[0]) & (ids < after[1]))
    places = places[wanted]
    if len(places) > 2 * limit:
        least = np.partition(places[:, 0], -2 * limit)[-2 * limit]
        places = places[places[:, 0] >= least]
    return sorted(set(map(tuple, places.tolist())), reverse=True)[:limit]
