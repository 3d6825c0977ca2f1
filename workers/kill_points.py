"""Points where a test can kill a worker, so that faults hit the worst moment reliably.

`HELIOGRAPH_KILL_POINT=name:SIGKILL:file` sends the process that signal when it first reaches the point of that name,
and creates the file. If the file exists, nothing happens.
"""

import os
import signal
from pathlib import Path

_NAME, _, _REST = os.environ.pop("HELIOGRAPH_KILL_POINT", "").partition(":")
_SIGNAL, _, _FILE = _REST.partition(":")


def reached(name: str) -> None:
    """Send the signal of the test, if it names this point."""
    if name == _NAME and not Path(_FILE).exists():
        Path(_FILE).touch()
        os.kill(os.getpid(), signal.Signals[_SIGNAL])
