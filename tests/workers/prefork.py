"""Worker processes that are forked from one which has imported everything: importing takes 2 s each time.

As a program it reads a line of JSON for each process to start, and writes lines: its pid when it runs, then how it
ended.
"""

import importlib
import json
import os
import random
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Forked:
    """One process; `returncode` as subprocess.Popen has it."""

    def __init__(self) -> None:
        self.pid = 0
        self.returncode: int | None = None
        self.began, self.ended = threading.Event(), threading.Event()

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises TimeoutError."""
        if not self.ended.wait(timeout):
            raise TimeoutError
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        if self.returncode is None:
            self.send_signal(signal.SIGKILL)


class Prefork:
    """Starts workers. Ends with this process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.workers.prefork"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._forked: dict[int, Forked] = {}
        self._starting: list[Forked] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, names: tuple[str, ...], environ: Mapping[str, str], log: Path) -> Forked:
        """`python -m workers NAMES` with these variables added to ours."""
        forked = Forked()
        self._starting.append(forked)
        asked = {"names": names, "environ": {**os.environ, **environ}, "log": str(log)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        assert forked.began.wait(30)
        return forked

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            pid, *ended = map(int, line.split())
            if not ended:
                forked = self._forked[pid] = self._starting.pop(0)
                forked.pid = pid
                forked.began.set()
            else:
                forked = self._forked.pop(pid)
                forked.returncode = ended[0]
                forked.ended.set()


def run(asked: dict[str, Any]) -> None:
    """Be the process that was asked for."""
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(asked["environ"])
    random.seed()
    # The only module that reads variables when it is imported.
    importlib.reload(importlib.import_module("workers.kill_points"))
    sys.argv = ["workers", *asked["names"]]
    runpy.run_module("workers", run_name="__main__", alter_sys=True)


def main() -> None:
    """Fork until the standard input ends."""
    for module in sorted(ROOT.glob("workers/[a-z]*.py")):
        importlib.import_module(f"workers.{module.stem}")

    def reap(*_: object) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            ended.append(f"{pid} {os.waitstatus_to_exitcode(status)}\n".encode())
            tell()

    ended: list[bytes] = []
    is_forking = False

    def tell() -> None:
        while ended and not is_forking:
            os.write(1, ended.pop(0))

    signal.signal(signal.SIGCHLD, reap)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        is_forking = True
        pid = os.fork()
        if not pid:
            try:
                run(json.loads(line))
            except SystemExit as error:
                os._exit(error.code if isinstance(error.code, int) else bool(error.code))
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        os.write(1, f"{pid}\n".encode())
        is_forking = False
        tell()


if __name__ == "__main__":
    main()
