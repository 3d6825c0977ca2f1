"""The deadline of the current operation, for every call that it makes to another system.

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
    """Return the seconds left, 0 or less after the deadline; None without a deadline."""
    deadline = _deadline.get()
    return None if deadline is None else deadline - asyncio.get_running_loop().time()


def remaining(most: float) -> float:
    """Return the seconds left for a call that may take `most` by itself. Raises TimeoutError after the deadline."""
    seconds = left()
    if seconds is None:
        return most
    if seconds <= 0:
        raise TimeoutError
    return min(seconds, most)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Set a deadline for calls and tasks in this block, in seconds from its beginning."""
    token = _deadline.set(asyncio.get_running_loop().time() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


async def enforced(work: Awaitable[T], seconds: float) -> T:
    """Return the result of `work`, which is cancelled after that many seconds. Raises `Expired` then."""
    with within(seconds):
        try:
            async with asyncio.timeout(seconds) as timeout:
                return await work
        except TimeoutError:
            if timeout.expired():
                raise Expired(seconds) from None
            raise


def detached() -> Context:
    """Return a copy of the current context without a deadline, to start tasks in."""
    context = copy_context()
    context.run(_deadline.set, None)
    return context


class Expired(Exception):
    """Work did not end in time and was cancelled."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds
