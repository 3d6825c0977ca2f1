"""ffmpeg as a child that cannot hang, and dies with its parent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from domain.media.ffmpeg import run
from tests.support.client import until

ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc2=s=64x48", "-f", "null", "-"]
PARENT = f"from pathlib import Path; from domain.media.ffmpeg import run; run({ENDLESS!r}, Path(), 60, print)"


def test_one_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        run(ENDLESS, tmp_path, 0.5)


def test_one_that_is_told_of_a_failure_is_killed(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def tell(_: float) -> None:
        raise Enough

    with pytest.raises(Enough):
        run(ENDLESS, tmp_path, 60, tell)


def test_no_room_to_write_is_not_the_fault_of_the_file(tmp_path: Path) -> None:
    source = ["-f", "lavfi", "-i", "testsrc2=s=640x480:d=2", "-f", "rawvideo"]
    with pytest.raises(OSError, match="No space left"):
        run([*source, "/dev/full"], tmp_path, 60)


@pytest.mark.parametrize("mebibytes", [24, 60])
def test_neither_is_too_little_memory(tmp_path: Path, mebibytes: int) -> None:
    source = ["-f", "lavfi", "-i", "testsrc2=s=1920x1080:d=1", "-c:v", "libx264", "-f", "null", "-"]
    limited = (
        f"from resource import *; setrlimit(RLIMIT_DATA, ({mebibytes << 20},) * 2); from pathlib import Path; "
        f"from domain.media.ffmpeg import run; run({source!r}, Path(), 60)"
    )
    ended = subprocess.run([sys.executable, "-c", limited], capture_output=True, timeout=60, check=False)
    assert b"\nMemoryError" in ended.stderr, ended.stderr


async def test_it_does_not_outlive_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline(), "it has begun to tell"
    [child] = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    parent.kill()
    parent.wait()

    async def alive() -> bool:
        try:
            os.kill(int(child), 0)
        except ProcessLookupError:
            return False
        return Path(f"/proc/{child}/stat").read_text().split()[2] != "Z"

    await until(alive, lambda is_alive: not is_alive)
