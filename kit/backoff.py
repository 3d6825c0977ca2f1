"""Pauses between retries."""

import random
from datetime import timedelta

_MAX_DOUBLINGS = 20


def backoff(failures: int, first: timedelta, longest: timedelta) -> timedelta:
    """Return the pause after a failed attempt with `failures` failures before: `first`, doubled each time.

    It is at most `longest`, minus up to half of it at random, so that simultaneous failures are not retried
    simultaneously.
    """
    doubled = first * (1 << min(failures, _MAX_DOUBLINGS))
    return min(doubled, longest) * random.uniform(0.5, 1)
