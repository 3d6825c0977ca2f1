"""The clock. Code that needs the time takes a `Clock`, so that a test can move it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def epoch_ms(instant: datetime) -> int:
    """Milliseconds from the start of 1970 to `instant`."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def from_epoch_ms(ms: int) -> datetime:
    """The instant that is `ms` milliseconds after the start of 1970, in UTC. The inverse of `epoch_ms`."""
    return _EPOCH + timedelta(milliseconds=ms)
