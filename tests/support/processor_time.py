"""Bounds of processor time that hold on slow and busy machines alike: they are multiples of a fixed piece of work."""

import time
from collections.abc import Awaitable, Callable
from functools import cache

TRIES = 5


@cache
def unit_s(_try: int) -> float:
    """Processor time of adding up 100,000 numbers: one or two milliseconds. Measured again for each retry."""
    best = 1.0
    for _ in range(TRIES):
        began = time.process_time()
        sum(range(100_000))
        best = min(best, time.process_time() - began)
    return best


def takes_at_most(units: float, work: Callable[[], object]) -> None:
    """Fail if `work` takes more processor time than so many units, each time it is tried."""
    took = 0.0
    for number in range(TRIES):
        began = time.process_time()
        work()
        took = (time.process_time() - began) / unit_s(number)
        if took <= units:
            return
    raise AssertionError(f"takes {took:.0f} units, not {units}")


async def awaiting_takes_at_most(units: float, work: Callable[[], Awaitable[object]]) -> None:
    """The same for asynchronous work. What else this process does meanwhile counts too."""
    took = 0.0
    for number in range(TRIES):
        began = time.process_time()
        await work()
        took = (time.process_time() - began) / unit_s(number)
        if took <= units:
            return
    raise AssertionError(f"takes {took:.0f} units, not {units}")
