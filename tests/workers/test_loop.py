"""The loop that every worker is."""

import asyncio
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
