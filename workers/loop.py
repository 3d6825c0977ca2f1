"""A loop that continues after errors."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from clients.outages import is_outage
from domain import parking

log = logging.getLogger(__name__)

_LONGEST_PAUSE = 5.0


async def forever(name: str, step: Callable[[], Awaitable[object]], pause: float) -> None:
    """Call `step` repeatedly: at once if it did something (returned true), else after `pause` seconds.

    After an exception it waits 0.2 s, then twice as long each time, at most 5 s. Exceptions are logged, with tracebacks
    unless a service is away.
    """
    trouble = 0.1
    task = asyncio.current_task()
    assert task is not None
    # redis-py 8.1 can swallow a cancellation that meets an answer, so it is looked for here.
    while not task.cancelling():
        try:
            # In a task of its own, since it can end as cancelled without a cancellation: before Python 3.13 a TaskGroup
            # with a failed child leaves its task so.
            busy = await asyncio.ensure_future(step())
            trouble = 0.1
        except (Exception, asyncio.CancelledError) as error:
            if task.cancelling():
                break
            trouble = min(trouble * 2, _LONGEST_PAUSE)
            if is_outage(error):
                log.warning("%s: a part is away, trying again in %.1f s: %s", name, trouble, parking.describe(error))
            else:
                log.exception("%s: trying again in %.1f s", name, trouble)
            await asyncio.sleep(trouble)
            continue
        await asyncio.sleep(0 if busy else pause)
    raise asyncio.CancelledError
