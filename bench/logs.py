"""The logs of the processes of a bench that has failed."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

SHOWN = 3000
"""So many characters of the end of each log are printed."""


@contextlib.contextmanager
def printed_on_failure(folder: Path, pattern: str) -> Iterator[None]:
    """Print the ends of the logs in `folder` that match `pattern`, where the block fails."""
    try:
        yield
    except BaseException:
        for log in folder.glob(pattern):
            print(f"{log.name}:\n{log.read_text()[-SHOWN:]}", file=sys.stderr)
        raise
