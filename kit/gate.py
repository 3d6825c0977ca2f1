"""Admission control: a bounded number of places, a short queue, and immediate refusals.

A server that queues everything answers no request in time once it is saturated: each waits behind all the others. A
gate keeps the queue short, so that admitted operations are answered while their clients still wait.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from enum import IntEnum
from time import monotonic

from kit.counted_log import CountedLog
from kit.errors import Overloaded

log = logging.getLogger(__name__)

FAIR_WAIT_S = 0.1
"""A normal wait after a burst: up to it the oldest waiter of a priority is served first, above it the newest."""

MIN_WAIT_S = 0.05


class Priority(IntEnum):
    """Priorities: the highest is served first and refused last."""

    CRITICAL = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3


class Gate:
    """`places` that operations hold while they run; each takes as many as it weighs.

    - An operation waits at most `max_wait_s`, less the present lag of the event loop, by which it has waited already.
    - At most `max_waiters` wait. One more takes the place of the oldest waiter of the lowest priority.
    - The highest priority is served first. Within a priority the oldest is served first while waits are short
      (`FAIR_WAIT_S`), the newest otherwise: under overload the oldest will probably be refused anyway, and serving the
      newest keeps the wait of all others short.
    - `reserved` places are for CRITICAL operations only, and as many can never be taken by them: neither CRITICAL
      operations nor those of HIGH and NORMAL can stop the others. LOW operations use neither of the two shares.
    - At most `max_released` operations go on without places after they have released theirs (`release_place`).
    """

    def __init__(
        self,
        name: str,
        places: int,
        *,
        max_waiters: int,
        max_wait_s: float,
        reserved: int = 0,
        max_released: int = 0,
        lag: Callable[[], float] = lambda: 0.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`name` is what the log calls it. `lag` and `clock` are in seconds."""
        if not 0 <= reserved < places:
            raise ValueError("at least one place must not be reserved")
        self._places = places
        self._reserved = reserved
        self._max_released = max_released
        self._max_waiters = max_waiters
        self._max_wait_s = max_wait_s
        self._lag = lag
        self._clock = clock
        self._used = 0
        self._used_by_critical = 0
        self._released = 0
        self._waiting: dict[Priority, deque[_Waiter]] = {priority: deque() for priority in Priority}
        self._waiter_count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._refusals = CountedLog(log, f"{name}: refused %d operations within a second")

    @property
    def used(self) -> int:
        """The number of places in use."""
        return self._used

    @property
    def waiter_count(self) -> int:
        """The number of operations that wait for a place."""
        return self._waiter_count

    @asynccontextmanager
    async def enter(self, priority: Priority = Priority.NORMAL, weight: int = 1) -> AsyncIterator["Place"]:
        """Hold places during the block. Raises Overloaded if none became free in time."""
        # An operation heavier than the gate would never enter.
        place = Place(self, priority, min(weight, self._places - self._reserved))
        if self._waiter_count or not self._fits(place):
            await self._wait(_Waiter(place, self._clock()))
        else:
            self._count(place, place.weight)
        try:
            yield place
        finally:
            self._leave(place)

    def refuse_overdue(self) -> None:
        """Refuse waiters that have waited for the maximum time."""
        now = self._clock()
        limit = max(self._max_wait_s - self._lag(), MIN_WAIT_S)
        for waiting in self._waiting.values():
            while waiting and now - waiting[0].since >= limit:
                self._refuse(waiting[0])

    def _fits(self, place: "Place") -> bool:
        if place.priority is Priority.LOW:
            return self._used + place.weight <= self._places - self._reserved
        return self._used + place.weight <= self._places and self._is_within_share(place)

    def _is_within_share(self, place: "Place") -> bool:
        """Return whether operations like this one must leave the reserved places to others."""
        is_critical = place.priority is Priority.CRITICAL
        used = self._used_by_critical if is_critical else self._used - self._used_by_critical
        return used + place.weight <= self._places - self._reserved

    def _release(self, place: "Place") -> None:
        if place.is_held and self._released < self._max_released:
            place.is_held = False
            self._released += 1
            self._give_back(place)

    def _leave(self, place: "Place") -> None:
        if place.is_held:
            place.is_held = False
            self._give_back(place)
        else:
            self._released -= 1

    def _give_back(self, place: "Place") -> None:
        self._count(place, -place.weight)
        self._admit()

    def _count(self, place: "Place", weight: int) -> None:
        self._used += weight
        if place.priority is Priority.CRITICAL:
            self._used_by_critical += weight

    async def _wait(self, waiter: "_Waiter") -> None:
        self._waiting[waiter.place.priority].append(waiter)
        self._waiter_count += 1
        # First: an operation that need not wait takes no place in the queue.
        self._admit()
        if self._waiter_count > self._max_waiters:
            self._refuse(next(waiting[0] for waiting in reversed(self._waiting.values()) if waiting))
        self._set_timer()
        try:
            await waiter.admitted
        except asyncio.CancelledError:
            if waiter in self._waiting[waiter.place.priority]:
                self._remove(waiter)
                self._admit()
            elif not waiter.admitted.cancelled() and waiter.admitted.exception() is None:
                # Admitted and cancelled in the same turn of the event loop.
                self._give_back(waiter.place)
            raise

    def _admit(self) -> None:
        """Give free places to waiters. The next in order is not passed over for a lighter one."""
        if not self._waiter_count:
            return
        now = self._clock()
        for waiting in self._waiting.values():
            while waiting:
                next_ = waiting[0] if now - waiting[0].since <= FAIR_WAIT_S else waiting[-1]
                if not self._fits(next_.place):
                    if next_.place.priority is Priority.CRITICAL and not self._is_within_share(next_.place):
                        break  # The free places are reserved for others.
                    return
                self._remove(next_)
                if not next_.admitted.cancelled():
                    self._count(next_.place, next_.place.weight)
                    next_.admitted.set_result(None)

    def _refuse(self, waiter: "_Waiter") -> None:
        self._remove(waiter)
        if not waiter.admitted.cancelled():
            self._refusals.note()
            waiter.admitted.set_exception(Overloaded())

    def _remove(self, waiter: "_Waiter") -> None:
        self._waiting[waiter.place.priority].remove(waiter)
        self._waiter_count -= 1

    def _set_timer(self) -> None:
        if self._timer is None and self._waiter_count:
            oldest = min(waiting[0].since for waiting in self._waiting.values() if waiting)
            delay = max(oldest + self._max_wait_s - self._lag() - self._clock(), 0.01)
            self._timer = asyncio.get_running_loop().call_later(delay, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self.refuse_overdue()
        self._set_timer()


class Place:
    """The places that one operation holds in a gate."""

    def __init__(self, gate: Gate, priority: Priority, weight: int) -> None:
        self.priority = priority
        self.weight = weight
        self.is_held = True
        self._gate = gate

    def release(self) -> None:
        """Release it before the operation ends. Does nothing if `max_released` operations have done so."""
        self._gate._release(self)

    @contextmanager
    def of_operation(self) -> Iterator[None]:
        """In this block, and in tasks that are started in it, `release_place` releases this place."""
        _of_operation.set(self)
        try:
            yield
        finally:
            # Not by a token: the end of a stream may run in another context than its beginning.
            _of_operation.set(None)


_of_operation: ContextVar[Place | None] = ContextVar("place of the operation", default=None)


def release_place() -> None:
    """Release the place of the current operation before it waits for something slower than the database.

    The operation takes no other place afterwards: its further work is bounded by what it has waited for.
    """
    place = _of_operation.get()
    if place is not None:
        place.release()


class _Waiter:
    """An operation that waits for places. Compared by identity."""

    def __init__(self, place: Place, since: float) -> None:
        self.place = place
        self.since = since
        self.admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
