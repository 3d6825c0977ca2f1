"""Admission control: a bounded number of places, a short wait for one, and a refusal that comes at once.

A server that queues everything answers nobody in time once it is saturated: each request waits behind all the others.
A gate keeps the queue short, so that what is admitted is answered while somebody still waits for it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import IntEnum
from time import monotonic

from kit.counted_log import CountedLog
from kit.errors import Overloaded

log = logging.getLogger(__name__)

FAIR_WAIT_S = 0.1
"""A wait that is normal after a burst: up to it the oldest waiter of a priority is served first, then the newest."""

MIN_WAIT_S = 0.05


class Priority(IntEnum):
    """Who is served first, and refused last. Only CRITICAL may use the reserved places."""

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
    - The last `reserved` places are for CRITICAL operations only.
    """

    def __init__(
        self,
        name: str,
        places: int,
        *,
        max_waiters: int,
        max_wait_s: float,
        reserved: int = 0,
        lag: Callable[[], float] = lambda: 0.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`name` is what the log calls it. `lag` and `clock` are in seconds."""
        if not 0 <= reserved < places:
            raise ValueError("at least one place must not be reserved")
        self._places = places
        self._reserved = reserved
        self._max_waiters = max_waiters
        self._max_wait_s = max_wait_s
        self._lag = lag
        self._clock = clock
        self._used = 0
        self._waiting: dict[Priority, deque[_Waiter]] = {priority: deque() for priority in Priority}
        self._waiter_count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._refusals = CountedLog(log, f"{name}: refused %d operations within a second")

    @property
    def used(self) -> int:
        """The places that are taken."""
        return self._used

    @property
    def waiter_count(self) -> int:
        """How many operations wait for a place."""
        return self._waiter_count

    @asynccontextmanager
    async def enter(self, priority: Priority = Priority.NORMAL, weight: int = 1) -> AsyncIterator[None]:
        """Hold places during the block. Raises Overloaded when there were none in time."""
        # What weighs more than there is would never enter.
        weight = min(weight, self._places - self._reserved)
        if self._waiter_count or not self._fits(priority, weight):
            await self._wait(_Waiter(priority, weight, self._clock()))
        else:
            self._used += weight
        try:
            yield
        finally:
            self._used -= weight
            self._admit()

    def refuse_overdue(self) -> None:
        """Refuse those who have waited for as long as they may."""
        now = self._clock()
        limit = max(self._max_wait_s - self._lag(), MIN_WAIT_S)
        for waiting in self._waiting.values():
            while waiting and now - waiting[0].since >= limit:
                self._refuse(waiting[0])

    def _fits(self, priority: Priority, weight: int) -> bool:
        reserved = 0 if priority is Priority.CRITICAL else self._reserved
        return self._used + weight <= self._places - reserved

    async def _wait(self, waiter: "_Waiter") -> None:
        if self._waiter_count >= self._max_waiters:
            worst = next(waiting[0] for waiting in reversed(self._waiting.values()) if waiting)
            if worst.priority < waiter.priority:
                self._refusals.note()
                raise Overloaded
            self._refuse(worst)
        self._waiting[waiter.priority].append(waiter)
        self._waiter_count += 1
        self._admit()
        self._set_timer()
        try:
            await waiter.admitted
        except asyncio.CancelledError:
            if waiter in self._waiting[waiter.priority]:
                self._remove(waiter)
            elif not waiter.admitted.cancelled() and waiter.admitted.exception() is None:
                # Admitted and cancelled in the same turn of the loop.
                self._used -= waiter.weight
            self._admit()
            raise

    def _admit(self) -> None:
        """Give free places to those who wait. The next in order is not passed over for one that weighs less."""
        if not self._waiter_count:
            return
        now = self._clock()
        for waiting in self._waiting.values():
            while waiting:
                next_ = waiting[0] if now - waiting[0].since <= FAIR_WAIT_S else waiting[-1]
                if not self._fits(next_.priority, next_.weight):
                    return
                self._remove(next_)
                if not next_.admitted.cancelled():
                    self._used += next_.weight
                    next_.admitted.set_result(None)

    def _refuse(self, waiter: "_Waiter") -> None:
        self._remove(waiter)
        if not waiter.admitted.cancelled():
            self._refusals.note()
            waiter.admitted.set_exception(Overloaded())

    def _remove(self, waiter: "_Waiter") -> None:
        self._waiting[waiter.priority].remove(waiter)
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


class _Waiter:
    """An operation that waits for places. Compared by identity."""

    def __init__(self, priority: Priority, weight: int, since: float) -> None:
        self.priority = priority
        self.weight = weight
        self.since = since
        self.admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
