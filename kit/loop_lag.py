"""The lag of the event loop: the time that each request waits before any of its code runs."""

import asyncio

INTERVAL_S = 0.05


class LoopLag:
    """Measures the lag while `run` runs in a task."""

    def __init__(self) -> None:
        self._last = 0.0
        self._due: float | None = None

    def __call__(self) -> float:
        """The lag in seconds: the last that was measured, or how late the next measurement is already."""
        if self._due is None:
            return 0.0
        return max(self._last, asyncio.get_running_loop().time() - self._due, 0.0)

    async def run(self) -> None:
        """Measure every 50 ms until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                self._due = loop.time() + INTERVAL_S
                await asyncio.sleep(INTERVAL_S)
                self._last = max(loop.time() - self._due, 0.0)
        finally:
            self._due = None
