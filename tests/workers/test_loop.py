"""The loop that every worker is."""

import asyncio

import pytest

from workers.loop import forever


async def test_it_outlives_a_group_of_tasks_in_which_one_fails() -> None:
    steps = 0

    async def fail() -> None:
        raise OSError

    async def step() -> None:
        nonlocal steps
        steps += 1
        if steps == 2:
            task.cancel()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())

    task = asyncio.create_task(forever("loop", step, 0))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == 2
