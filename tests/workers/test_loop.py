"""The loop that every worker is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from workers.loop import forever


async def fail() -> None:
    raise OSError


async def a_group_in_which_one_fails() -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fail())


async def a_cancellation_that_nobody_asked_for() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize("trouble", [fail, a_group_in_which_one_fails, a_cancellation_that_nobody_asked_for])
async def test_it_outlives_trouble_and_ends_when_it_is_told_to(trouble: Callable[[], Awaitable[None]]) -> None:
    steps = 0

    async def step() -> None:
        nonlocal steps
        steps += 1
        if steps == 2:
            loop.cancel()
        await trouble()

    loop = asyncio.create_task(forever("loop", step, 0))
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert steps == 2


@pytest.mark.parametrize(("error", "has_traceback"), [(OSError("away"), False), (KeyError("a bug"), True)])
async def test_outage_is_logged_without_traceback(
    error: Exception, has_traceback: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def failing() -> None:
        raise error

    loop = asyncio.create_task(forever("loop", failing, 0))
    while not caplog.records:
        await asyncio.sleep(0)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    [record] = caplog.records
    assert bool(record.exc_info) is has_traceback
    assert record.levelno == (logging.ERROR if has_traceback else logging.WARNING)
