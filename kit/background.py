"""Work that outlives the request which asked for it, with an owner who sees how it ends."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from kit import deadline
from kit.counted_log import CountedLog

log = logging.getLogger(__name__)


T = TypeVar("T")


async def shared(work: "asyncio.Future[T]") -> T:
    """Await work that others await too: it goes on where this caller is cancelled.

    Each caller that still awaits it gets its exception. Where all were cancelled before, nobody needs it.
    """
    work.add_done_callback(retrieve_exception)
    return await asyncio.shield(work)


def retrieve_exception(work: "asyncio.Future[Any]") -> None:
    """Mark the exception of `work`, which is done, as seen: asyncio logs what nobody has awaited to its end.

    A caller that is cancelled leaves asyncio's shield before the exception comes.
    """
    if not work.cancelled():
        work.exception()


class Background:
    """At most `limit` tasks at a time: one more is dropped, so only what may be left undone belongs here."""

    def __init__(self, limit: int = 100, *, is_outage: Callable[[BaseException], bool] = lambda _: False) -> None:
        """`is_outage` tells exceptions of a part that cannot serve: tasks that raise them are counted in the log."""
        self._limit = limit
        self._is_outage = is_outage
        self._tasks: set[asyncio.Task[Any]] = set()
        self._counted: dict[str, CountedLog] = {}

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> bool:
        """Start `work`; how it fails is logged. False where it was dropped. `name` is one of few."""
        if len(self._tasks) >= self._limit:
            work.close()
            self._count(f"{name}: dropped %d times within a second, as {self._limit} tasks are under way")
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
        if task.cancelled() or (error := task.exception()) is None:
            return
        if self._is_outage(error):
            self._count(f"{task.get_name()}: left undone %d times within a second, as a part is away or overloaded")
        else:
            log.error("%s failed", task.get_name(), exc_info=error)

    def _count(self, message: str) -> None:
        if message not in self._counted:
            self._counted[message] = CountedLog(log, message)
        self._counted[message].note()
