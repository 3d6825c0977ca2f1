"""`python -m tests.chaos.skewed SECONDS PORT`: a web process whose clock is ahead by so many seconds."""

import sys
from datetime import datetime, timedelta

from kit import clock

ahead = timedelta(seconds=float(sys.argv[1]))
right = clock.now


def wrong() -> datetime:
    """What the clock of this process says."""
    return right() + ahead


if __name__ == "__main__":
    clock.now = wrong
    import uvicorn

    # Imported only now, so that everything takes the wrong clock.
    uvicorn.run("app:app", port=int(sys.argv[2]), log_level="warning")
