"""Pauses between the tries of work that fails."""

import random
from datetime import timedelta

_MAX_DOUBLINGS = 20


def backoff(failures: int, first: timedelta, longest: timedelta) -> timedelta:
    """The pause after a try that failed, when `failures` tries had failed before: `first`, doubled each time.

    It is at most `longest`, and up to half of it shorter at random, so that what failed together is not tried together.
    """
    doubled = first * (1 << min(failures, _MAX_DOUBLINGS))
    return min(doubled, longest) * random.uniform(0.5, 1)
