"""The sets of pulled authors, kept in each process for a moment: millions read the same few.

What is kept is at most 2 s old, of at most 500 authors. Without it each read of a feed would fetch up to 50 more sets,
and those of the most popular authors would be read by everybody from one place.
"""

import time
from collections.abc import Callable, Sequence

from domain.feed.timeline import Head, Timeline, of_author

FRESH_SECONDS = 2.0
KEPT = 500


class Pulled:
    """What this process has read of pulled authors."""

    def __init__(self, timeline: Timeline, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeline = timeline
        self._clock = clock
        self._kept: dict[int, tuple[float, Head]] = {}

    async def heads(self, authors: Sequence[int]) -> list[Head]:
        """The newest posts of each author, at most 500: no round trip where all are fresh, one where any is not."""
        now = self._clock()
        stale = [author for author in authors if author not in self._kept or self._kept[author][0] <= now]
        fresh = {author: self._kept[author][1] for author in authors if author not in stale}
        if stale:
            heads = await self._timeline.heads([of_author(author) for author in stale], None, self._timeline.capacity)
            for author, head in zip(stale, heads, strict=True):
                fresh[author] = head
                self._kept.pop(author, None)
                if head.places:
                    self._kept[author] = (now + FRESH_SECONDS, head)
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return [fresh[author] for author in authors]
