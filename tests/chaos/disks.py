"""Small filesystems of a run's own, which can be filled. They need root: in a mount namespace nobody else sees them."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_CLONE_NEWNS = 0x00020000
_FILLER = ".filler"


def enter_mount_namespace() -> bool:
    """Have what this process and its children mount from now on vanish with them. False where that is not allowed."""
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS) != 0:
        return False
    return subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True).returncode == 0


class SmallDisk:
    """A filesystem of `mebibytes` that is mounted over `directory` and keeps what that held."""

    def __init__(self, directory: Path, mebibytes: int) -> None:
        """Nothing may have files open in `directory`. Raises OSError."""
        self.directory = directory
        state = directory.stat()
        with tempfile.TemporaryDirectory(dir=directory.parent) as kept:
            subprocess.run(["cp", "-a", f"{directory}/.", kept], check=True)
            options = f"size={mebibytes}m,mode={state.st_mode & 0o777:o},uid={state.st_uid},gid={state.st_gid}"
            subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", directory], check=True)
            subprocess.run(["cp", "-a", f"{kept}/.", directory], check=True)

    @property
    def free_bytes(self) -> int:
        return shutil.disk_usage(self.directory).free

    def fill(self) -> None:
        """Leave no room."""
        file = os.open(self.directory / _FILLER, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        try:
            with contextlib.suppress(OSError):
                os.posix_fallocate(file, 0, max(self.free_bytes - 1024 * 1024, 1))
            with contextlib.suppress(OSError):
                while True:
                    os.write(file, bytes(4096))
        finally:
            os.close(file)

    def empty(self) -> None:
        """Give the room back."""
        (self.directory / _FILLER).unlink(missing_ok=True)

    def close(self) -> None:
        """Unmount it, with all that is on it."""
        subprocess.run(["umount", "--lazy", self.directory], capture_output=True)
