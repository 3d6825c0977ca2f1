"""A cache in each process of the sets of authors in fan-out-on-read mode: all readers need the same few.

What is kept is 2 s old, or up to 10 s while it is fetched again, and of at most 500 authors. Without it each read of a
feed would fetch up to 50 more sets, and all readers would fetch those of the most popular authors from one place.
"""

import math
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from domain.feed.timeline import Timeline, of_author
from kit.background import Background
from kit.cursor import Position
from kit.singleflight import SingleFlight

FRESH_SECONDS = 2.0
USABLE_SECONDS = 10.0
MAX_CACHED_AUTHORS = 500


Places = NDArray[np.int64]
"""Rows of (ms, id), newest first."""
Kept = tuple[Places, float]
"""The newest positions, and the floor of the set."""


class HotAuthorCache:
    """The cached sets of this process."""

    def __init__(self, timeline: Timeline, background: Background, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeline = timeline
        self._background = background
        self._clock = clock
        self._kept: dict[int, tuple[float, Kept]] = {}
        self._in_flight = SingleFlight(self._fetch)

    async def heads(self, authors: Sequence[int]) -> list[Kept]:
        """Return the newest posts of each author, at most 500, and the floor (`timeline`) of the set they are from.

        No round trip if all are cached, else one.
        """
        now = self._clock()
        age = {author: now - self._kept[author][0] if author in self._kept else math.inf for author in authors}
        found = {author: self._kept[author][1] for author in authors if age[author] < USABLE_SECONDS}
        if missing := [author for author in authors if author not in found]:
            found |= (await self._in_flight.get(missing))[0]
        if stale := [author for author in authors if FRESH_SECONDS <= age[author] < USABLE_SECONDS]:
            self._background.spawn(self._in_flight.get(stale), "sets of authors")
        return [found[author] for author in authors]

    async def _fetch(self, authors: Sequence[int]) -> dict[int, Kept]:
        heads = await self._timeline.heads(list(map(of_author, authors)), None, self._timeline.capacity)
        found = {
            author: (np.array(head.places, np.int64).reshape(-1, 2), head.floor)
            for author, head in zip(authors, heads, strict=True)
        }
        for author, kept in found.items():
            self._kept.pop(author, None)
            if kept[1] < math.inf:
                self._kept[author] = self._clock(), kept
        while len(self._kept) > MAX_CACHED_AUTHORS:
            del self._kept[next(iter(self._kept))]
        return found


def newest(parts: Sequence[Places], after: Position | None, floor: float, limit: int) -> list[Position]:
    """Return the newest `limit` of all positions above `floor` (ms) and after `after`, each once.

    No item is in three parts.
    """
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
