"""A rate-limited log: one line a second for frequent occurrences."""

import asyncio
import logging

INTERVAL_S = 1.0


class CountedLog:
    """Counts occurrences, and logs their number at most once a second."""

    def __init__(self, log: logging.Logger, message: str, interval_s: float = INTERVAL_S) -> None:
        """`message` has a `%d` for the number of occurrences since the line before."""
        self._log = log
        self._message = message
        self._interval_s = interval_s
        self._count = 0

    def note(self) -> bool:
        """Count one occurrence. Returns whether another was counted since the last line. Needs a running event loop."""
        if self._count == 0:
            asyncio.get_running_loop().call_later(self._interval_s, self._flush)
        self._count += 1
        return self._count > 1

    def _flush(self) -> None:
        self._log.warning(self._message, self._count)
        self._count = 0
