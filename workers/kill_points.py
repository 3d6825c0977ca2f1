"""Places where a test can kill a worker: `HELIOGRAPH_KILL_POINT=name` in the environment ends it there by SIGKILL.

Faults that strike at the worst moment are tested at that moment, not by luck. With `name:file` the process dies only
once, and leaves the file to tell so.
"""

import os
import signal
from pathlib import Path

_POINT, _, _FILE = os.environ.pop("HELIOGRAPH_KILL_POINT", "").partition(":")


def reached(name: str) -> None:
    """Die here, if that is what the test asked for."""
    if name != _POINT:
        return
    if _FILE:
        if Path(_FILE).exists():
            return
        Path(_FILE).touch()
    os.kill(os.getpid(), signal.SIGKILL)
