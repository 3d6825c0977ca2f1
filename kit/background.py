"""Work that outlives the request which asked for it, with an owner who sees how it ends."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from kit import deadline

log = logging.getLogger(__name__)


T = TypeVar("T")


async def shared(work: "asyncio.Future[T]") -> T:
    """Await work that others await too: it goes on where this caller is cancelled.

    Whoever awaits it gets its exception. Where all callers were cancelled before, it failed for nobody.
    """
    work.add_done_callback(_see)
    return await asyncio.shield(work)


def _see(work: "asyncio.Future[Any]") -> None:
    """Retrieve the exception: a caller that is cancelled leaves asyncio's shield before it comes."""
    if not work.cancelled():
        work.exception()


class Background:
    """At most `limit` tasks at a time: one more is dropped, so only what may be left undone belongs here."""

    def __init__(self, limit: int = 100) -> None:
        self._limit = limit
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> bool:
        """Start `work`; how it fails is logged. False where it was dropped."""
        if len(self._tasks) >= self._limit:
            work.close()
            log.warning("%s: dropped, %d tasks are under way", name, self._limit)
            return False
        task = asyncio.create_task(work, name=name, context=deadline.detached())
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return True

    async def close(self) -> None:
        """Cancel what is under way and wait for it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("%s failed", task.get_name(), exc_info=error)
