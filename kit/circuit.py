"""A circuit breaker (Nygard, Release It!, 2nd edition, 2018, chapter 5): calls to an unavailable service fail at once.

The circuit opens when a call shows that the service is away. While it is open no other call waits for the service. A
background task probes it and closes the circuit when the service answers, so no request is spent on probes. It probes
at once: if the call failed for another reason, such as a lag of the event loop, the circuit closes within milliseconds.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import timedelta

from kit import deadline
from kit.backoff import backoff

MIN_PAUSE_S = 0.1
MAX_PAUSE_S = 2.0
PROBE_S = 2.0
MAX_WRITES = 10_000

Write = Callable[[], Awaitable[object]]

log = logging.getLogger(__name__)

_is_recovering: ContextVar[bool] = ContextVar("is_recovering", default=False)


class Circuit:
    """The circuit of one service.

    `eventually` stores writes that must reach the service later. They are sent after the service answers and before the
    circuit closes, so a reader never finds the state before them.
    """

    def __init__(self, name: str, probe: Callable[[], Awaitable[object]], away: tuple[type[Exception], ...]) -> None:
        """`probe` and the writes raise one of `away` while the service is away."""
        self._name = name
        self._probe = probe
        self._away: tuple[type[Exception], ...] = (*away, TimeoutError)
        self._writes: deque[Write] = deque()
        self._recovery: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the circuit is open: calls fail at once."""
        return self._recovery is not None

    @property
    def refuses(self) -> bool:
        """Return whether this call must fail: the circuit is open, and the call is not a probe."""
        return self._recovery is not None and not _is_recovering.get()

    def open(self) -> None:
        """Open the circuit until the service answers."""
        if self._recovery is None:
            log.warning("%s is away: calls fail at once until it answers", self._name)
            self._recovery = asyncio.create_task(
                self._recover(), name=f"recovery of {self._name}", context=deadline.detached()
            )

    async def eventually(self, write: Write) -> None:
        """Do an idempotent write now or, while the service is away, as soon as it answers.

        At most 10,000 writes are stored: the oldest is dropped and logged.
        """
        if not self.is_open:
            try:
                await write()
            except self._away:
                self.open()
            else:
                return
        if len(self._writes) >= MAX_WRITES:
            self._writes.popleft()
            log.error("%s: a write was dropped, %d wait for it to answer", self._name, MAX_WRITES)
        self._writes.append(write)

    async def close(self) -> None:
        """Stop the probing task."""
        if self._writes:
            log.error("%s: %d writes that waited for it are dropped", self._name, len(self._writes))
        if self._recovery is not None:
            self._recovery.cancel()
            await asyncio.gather(self._recovery, return_exceptions=True)

    async def _recover(self) -> None:
        _is_recovering.set(True)
        failures = 0
        while not await self._answers():
            pause = backoff(failures, timedelta(seconds=MIN_PAUSE_S), timedelta(seconds=MAX_PAUSE_S))
            await asyncio.sleep(pause.total_seconds())
            failures += 1
        self._recovery = None
        log.warning("%s answers again", self._name)

    async def _answers(self) -> bool:
        """Return whether the service answers and has taken all stored writes."""
        try:
            async with asyncio.timeout(PROBE_S):
                await self._probe()
        except Exception as error:
            if not isinstance(error, self._away):
                log.warning("%s answers, but with %r", self._name, error)
            return False
        while self._writes:
            write = self._writes.popleft()
            try:
                async with asyncio.timeout(PROBE_S):
                    await write()
            except self._away:
                self._writes.appendleft(write)
                return False
            except Exception:
                log.exception("%s: a write that waited failed and is dropped", self._name)
        return True
