"""Running PostgreSQL as an unprivileged user: it refuses to run as root."""

import os
import pwd
import subprocess
from collections.abc import Callable
from pathlib import Path

from embedded.process import StartError, unshare_users

_NOBODY = 65534


def leave_root(folder: Path, program: Path) -> Callable[[], None] | None:
    """Return a function that a child calls before it runs `program` on `folder`; None if this process is not root.

    The parent of `folder` exists.

    The child becomes the user "nobody" in a user namespace of its own, outside of which it is still root. If a
    container forbids that, it becomes "nobody" altogether. Raises StartError if neither can run `program`.
    """
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwuid(_NOBODY)
    for enter, owner, group in (
        (_enter_namespace, os.getuid(), os.getgid()),
        (_become_nobody, nobody.pw_uid, nobody.pw_gid),
    ):
        if owner:
            # Other users may pass through, but not list it: the names in it are known, and secret files are 0600.
            folder.parent.chmod(folder.parent.stat().st_mode | 0o001)
        if _can_run(program, folder.parent, enter):
            _give(folder, owner, group)
            return enter
    raise StartError(
        "PostgreSQL does not run as root, and as nobody it cannot reach its program or its data: run Heliograph as a "
        "plain user, or from a folder that everybody may enter; or set HELIOGRAPH_DATABASE_URL."
    )


def _enter_namespace() -> None:
    uid, gid = os.getuid(), os.getgid()
    unshare_users()
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_NOBODY} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{_NOBODY} {gid} 1")


def _become_nobody() -> None:
    nobody = pwd.getpwuid(_NOBODY)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)


def _can_run(program: Path, folder: Path, enter: Callable[[], None]) -> bool:
    def entered() -> None:
        enter()
        (folder / ".").stat()

    try:
        ran = subprocess.run([program, "--version"], capture_output=True, preexec_fn=entered, cwd="/")
    except (OSError, subprocess.SubprocessError):
        return False
    return ran.returncode == 0


def _give(folder: Path, owner: int, group: int) -> None:
    """Change the owner of all files in `folder`, the folder last, so that an interrupted chown is repeated."""
    if not folder.exists() or folder.stat().st_uid == owner:
        return
    for path in (*sorted(folder.rglob("*")), folder):
        os.chown(path, owner, group, follow_symlinks=False)
