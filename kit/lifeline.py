"""Child processes that end when their parent ends."""

import ctypes
import sys

_PR_SET_PDEATHSIG = 1

# Loaded before any fork: a child of a process with threads should not load libraries.
_LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent(number: int) -> None:
    """Have the kernel send this process the signal `number` when its parent ends (Linux)."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, number)
