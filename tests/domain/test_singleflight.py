"""A fetch that many share: who is cancelled leaves it to the others, and nobody is left with its failure."""

import asyncio
import gc
from collections.abc import Mapping, Sequence
from typing import Any

from kit.singleflight import SingleFlight


async def test_fetch_that_fails_after_all_callers_were_cancelled_leaves_no_unseen_error() -> None:
    unseen: list[dict[str, Any]] = []
    may_fail = asyncio.Event()

    async def fetch(keys: Sequence[int]) -> Mapping[int, int]:
        await may_fail.wait()
        raise OSError("away")

    single_flight = SingleFlight(fetch)
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    try:
        callers = [asyncio.create_task(single_flight.get([1])) for _ in range(2)]
        await asyncio.sleep(0)
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        may_fail.set()
        for _ in range(3):
            await asyncio.sleep(0)
        del caller, callers
        gc.collect()
    finally:
        asyncio.get_running_loop().set_exception_handler(None)
    assert not unseen


async def test_second_fetch_that_fails_after_a_first_one_leaves_no_unseen_error() -> None:
    unseen: list[dict[str, Any]] = []

    async def fetch(keys: Sequence[int]) -> Mapping[int, int]:
        await asyncio.sleep(0)
        raise OSError("away")

    single_flight = SingleFlight(fetch)
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    try:
        await asyncio.gather(single_flight.get([1]), single_flight.get([1, 2]), return_exceptions=True)
        for _ in range(3):
            await asyncio.sleep(0)
        gc.collect()
    finally:
        asyncio.get_running_loop().set_exception_handler(None)
    assert not unseen


async def test_failure_of_a_fetch_is_that_of_every_caller() -> None:
    async def fetch(keys: Sequence[int]) -> Mapping[int, int]:
        await asyncio.sleep(0)
        raise OSError("away")

    single_flight = SingleFlight(fetch)
    failures = await asyncio.gather(single_flight.get([1]), single_flight.get([1]), return_exceptions=True)
    assert [type(failure) for failure in failures] == [OSError, OSError]
