"""Starts and stops app.py as `make run` does, with a state folder and ports of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path

from embedded.process import free_port

ROOT = Path(__file__).parents[2]


class LocalStack:
    """A state folder and the processes that run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        (folder / "seeded").touch()  # the demo world has a start of its own to prove itself in
        self.process: subprocess.Popen[str] | None = None

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")} | {
            "HELIOGRAPH_STATE_DIR": str(self.folder),
            "HELIOGRAPH_PORT": str(self.port),
        }
        return subprocess.Popen(
            [sys.executable, "app.py", *arguments],
            cwd=ROOT,
            env=environ | settings,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> float:
        """Start and wait until it is ready; how long that took in seconds."""
        began = time.monotonic()
        (self.folder / "endpoints.json").unlink(missing_ok=True)
        self.process = self.start(*arguments)
        while not (self.folder / "endpoints.json").exists():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() - began < 60
            time.sleep(0.05)
        return time.monotonic() - began

    def strike(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def left(self) -> list[str]:
        """Command lines of processes that still work in the folder, given a few seconds to end."""
        for _ in range(100):
            found = []
            for entry in Path("/proc").glob("[0-9]*"):
                try:
                    text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                except OSError:
                    continue
                if str(self.folder).encode() in text:
                    found.append(text.decode(errors="replace")[:80])
            if not found:
                return []
            time.sleep(0.1)
        return found
