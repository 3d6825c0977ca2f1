"""Background tasks that outlive the request that started them, with an owner who logs their failures."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from kit import deadline
from kit.counted_log import CountedLog

log = logging.getLogger(__name__)


T = TypeVar("T")


async def shared(work: "asyncio.Future[T]") -> T:
    """Await work that other callers await too: it continues if this caller is cancelled.

    Each remaining caller gets its exception. If all were cancelled before, the exception is dropped.
    """
    work.add_done_callback(retrieve_exception)
    return await asyncio.shield(work)


def retrieve_exception(work: "asyncio.Future[Any]") -> None:
    """Mark the exception of `work`, which is done, as retrieved: asyncio logs exceptions that no caller has awaited.

    A cancelled caller leaves asyncio's shield before the exception comes.
    """
    if not work.cancelled():
        work.exception()


class Background:
    """At most `limit` tasks at a time. Further ones are dropped, so tasks must be optional."""

    def __init__(self, limit: int = 100, *, is_outage: Callable[[BaseException], bool] = lambda _: False) -> None:
        """`is_outage` recognizes exceptions of an unavailable service: these are counted in the log."""
        self._limit = limit
        self._is_outage = is_outage
        self._tasks: set[asyncio.Task[Any]] = set()
        self._counted: dict[str, CountedLog] = {}

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> bool:
        """Start `work`, and log its failure. Returns False if it was dropped. `name` must have few values."""
        if len(self._tasks) >= self._limit:
            work.close()
            self._count(f"{name}: dropped %d times within a second, as {self._limit} tasks are under way")
            return False
        task = asyncio.create_task(work, name=name, context=deadline.detached())
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return True

    async def close(self) -> None:
        """Cancel all tasks and wait for them."""
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
