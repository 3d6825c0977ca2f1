"""A bounded number of places for work, with a bounded queue for each class of waiters."""

import asyncio
from collections import deque
from collections.abc import Sequence

_OTHERS_EVERY = 4


class LaneFull(Exception):
    """The queue of the lane is full."""


class Lanes:
    """`places` for work. Without a free place a caller waits in a lane; at most `bounds[lane]` wait in each.

    A free place goes to the first lane with a waiter, every fourth to the last one, so that no lane starves. Within a
    lane, first come, first served.
    """

    def __init__(self, places: int, bounds: Sequence[int]) -> None:
        self._free = places
        self._bounds = bounds
        self._waiting: list[deque[asyncio.Future[None]]] = [deque() for _ in bounds]
        self._given = 0

    async def enter(self, lane: int, timeout: float) -> None:
        """Take a place; the caller releases it by `leave`. Raises LaneFull, and TimeoutError after `timeout` s."""
        if self._free:
            self._free -= 1
            return
        queue = self._waiting[lane]
        if len(queue) >= self._bounds[lane]:
            raise LaneFull
        place = asyncio.get_running_loop().create_future()
        queue.append(place)
        try:
            async with asyncio.timeout(timeout):
                await place
        except BaseException:
            if place.done() and not place.cancelled():
                self.leave()  # It was assigned at the same instant.
            elif place in queue:
                queue.remove(place)
            raise

    def leave(self) -> None:
        """Release a place to the next waiter."""
        self._given += 1
        for queue in self._waiting if self._given % _OTHERS_EVERY else reversed(self._waiting):
            while queue:
                place = queue.popleft()
                if not place.done():
                    place.set_result(None)
                    return
        self._free += 1
