"""The time left for the operation under way, for every call that it makes to another system.

A context variable, so that tasks which an operation starts inherit its deadline. Work that outlives the operation, or
serves others too, runs in `detached()`.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from typing import TypeVar

T = TypeVar("T")

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


def left() -> float | None:
    """Seconds left, 0 or less once none are; None without a deadline."""
    deadline = _deadline.get()
    return None if deadline is None else deadline - asyncio.get_running_loop().time()


def remaining(most: float) -> float:
    """Seconds left for a call that may take `most` by itself. Raises TimeoutError where none are left."""
    seconds = left()
    if seconds is None:
        return most
    if seconds <= 0:
        raise TimeoutError
    return min(seconds, most)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Calls that are made, and tasks that are started, in this block end within so many seconds of its beginning."""
    token = _deadline.set(asyncio.get_running_loop().time() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


async def enforced(work: Awaitable[T], seconds: float) -> T:
    """The result of `work`, which is cancelled after so many seconds. Raises `Expired` then."""
    with within(seconds):
        try:
            async with asyncio.timeout(seconds) as timeout:
                return await work
        except TimeoutError:
            if timeout.expired():
                raise Expired(seconds) from None
            raise


def detached() -> Context:
    """A copy of the current context without a deadline, to start tasks in."""
    context = copy_context()
    context.run(_deadline.set, None)
    return context


class Expired(Exception):
    """Work did not end in time and was cancelled."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds
