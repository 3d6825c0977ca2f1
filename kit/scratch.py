"""A folder for work that is worth nothing once its process has ended, however it ends."""

import contextlib
import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_LOCK = "lock"
_YOUNG = 60.0  # seconds in which a folder that was just made is locked


@contextlib.contextmanager
def scratch(prefix: str) -> Iterator[Path]:
    """An empty folder below the system's place for such, whose name begins with `prefix`; gone when the block ends.

    What processes that were killed have left there of this prefix is deleted first: nobody holds its lock any more.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        if _abandoned(left):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            work = folder / "work"
            work.mkdir()
            yield work


def _abandoned(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        pass  # it was just made, or never got as far
    except OSError:
        return False
    with contextlib.suppress(OSError):
        return time.time() - folder.stat().st_mtime > _YOUNG
    return False
