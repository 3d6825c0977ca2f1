"""What a killed process has left on the disk goes; what a living one works on stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kit.scratch import scratch

HOLD = """import time
from kit.scratch import scratch
with scratch('s-') as folder:
    print(folder, flush=True)
    time.sleep(60)"""


def test_a_folder_goes_with_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    holders = []
    for _ in range(2):
        holder = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
        assert holder.stdout is not None
        holders.append((holder, Path(holder.stdout.readline().strip())))
    (killed, left), (alive, held) = holders
    for folder in (left, held):
        (folder / "file").write_text("x")
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    with scratch("s-") as young:
        assert left.exists(), "it could be one that is about to be locked"
        assert young.is_dir()
        for folder in (left.parent, held.parent):
            os.utime(folder, (0, 0))
        with scratch("s-"):
            assert not left.parent.exists()
            assert (held / "file").exists()
    assert not young.exists()
    alive.kill()
    alive.wait()
