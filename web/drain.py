"""Draining: closing long-lived connections before the server closes all others at once."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

log = logging.getLogger(__name__)

Drain = Callable[[float], Awaitable[object]]


def before_exit(drain: Drain, within: float) -> Callable[[], None]:
    """Have a signal to end drain first: SIGTERM `within` as many seconds, SIGINT at once; a second one does not wait.

    Only where a server handles these signals already, in the main thread. Gives a function that undoes it.
    """
    loop = asyncio.get_running_loop()
    handlers: dict[int, Any] = {}
    begun: list[asyncio.Task[None]] = []

    async def go(number: int, frame: FrameType | None) -> None:
        try:
            await drain(within if number == signal.SIGTERM else 0.0)
        except Exception:
            log.exception("connections could not be drained")
        handlers[number](number, frame)

    def handle(number: int, frame: FrameType | None) -> None:
        if begun:
            handlers[number](number, frame)
        else:
            loop.call_soon_threadsafe(lambda: begun.append(asyncio.create_task(go(number, frame), name="drain")))

    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if getattr(before, "__self__", None) is not None:  # a method of the server's
            handlers[number] = before
            signal.signal(number, handle)

    def undo() -> None:
        for number, before in handlers.items():
            signal.signal(number, before)

    return undo
