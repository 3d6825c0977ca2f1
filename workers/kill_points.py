"""Places where a test can strike a worker, so that faults are tested at their worst moment and not by luck.

`HELIOGRAPH_KILL_POINT=name:SIGKILL:file` sends the process that signal when it first reaches the place of that name,
and makes the file to tell so; with the file there, nothing happens.
"""

import os
import signal
from pathlib import Path

_NAME, _, _REST = os.environ.pop("HELIOGRAPH_KILL_POINT", "").partition(":")
_SIGNAL, _, _FILE = _REST.partition(":")


def reached(name: str) -> None:
    """Be struck here, if that is what the test asked for."""
    if name == _NAME and not Path(_FILE).exists():
        Path(_FILE).touch()
        os.kill(os.getpid(), signal.Signals[_SIGNAL])
