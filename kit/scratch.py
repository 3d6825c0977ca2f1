"""A temporary folder that is deleted even if its process is killed."""

import contextlib
import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_LOCK = "lock"
_YOUNG = 60.0  # How long a new folder may be unlocked, in seconds.


@contextlib.contextmanager
def scratch(prefix: str) -> Iterator[Path]:
    """Yield an empty folder in the system's temporary folder, whose name begins with `prefix`; it is deleted at the
    end.

    Folders of killed processes with this prefix are deleted first: no process holds their locks.
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
        pass  # It was just made, or its process died before the lock.
    except OSError:
        return False
    with contextlib.suppress(OSError):
        return time.time() - folder.stat().st_mtime > _YOUNG
    return False
