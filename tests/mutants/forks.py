"""Runs of pytest that are forked from a process which has imported the packages: that takes most of a short run.

It has imported nothing of the product: each run reads the product as it is then.
"""

import atexit
import contextlib
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

PYTEST = ("-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=--strict-markers", "--no-header")
_LISTED = """
import contextlib, os, sys, pytest
with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
    pytest.main(["--collect-only", "-p", "no:cacheprovider", "tests/domain/test_privacy.py"])
print(*sys.modules)
"""


class Forks:
    """The process, in the checkout `folder`."""

    def __init__(self, folder: Path) -> None:
        self._output = folder / ".output"
        self._running: int | None = None
        self._connection, theirs = Pipe()
        command = [sys.executable, "-m", "tests.mutants.forks", str(theirs.fileno())]
        self._process = subprocess.Popen(command, cwd=folder, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()

    def run(self, tests: Sequence[str], timeout_s: float) -> tuple[int | None, str]:
        """The exit status of pytest, and what it printed. None where it was killed after `timeout_s`."""
        self._connection.send([str(self._output), *PYTEST, *tests])
        self._running = self._connection.recv()
        in_time = self._connection.poll(timeout_s)
        if not in_time:
            self.stop()
        status: int = self._connection.recv()
        self._running = None
        return status if in_time else None, self._output.read_text(errors="replace")

    def stop(self) -> None:
        """End the run that is under way. The parts that it has started end with it."""
        if self._running is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running, signal.SIGKILL)

    def close(self) -> None:
        """End the process, and the run that is under way."""
        self.stop()
        self._connection.close()
        self._process.wait()


def _packages() -> Iterator[str]:
    """The modules that a run imports, but for those of the checkout."""
    listed = subprocess.run([sys.executable, "-c", _LISTED], capture_output=True, text=True, check=True)
    own = {path.stem for path in Path().iterdir()} | {"__main__"}
    return (name for name in listed.stdout.split() if name.partition(".")[0] not in own)


def _run(output: str, arguments: Sequence[str]) -> int:
    """Run pytest in this process, which was forked for it, printing into the file `output`."""
    os.setsid()
    into = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(into, number)
    pytest = importlib.import_module("pytest")
    status = int(pytest.main(list(arguments)))
    atexit._run_exitfuncs()
    sys.stdout.flush()
    return status


def serve(connection: Connection) -> None:
    """Fork for each run that is asked for, until the other side closes the connection."""
    for name in _packages():
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    while True:
        try:
            output, *arguments = connection.recv()
        except EOFError:
            return
        pid = os.fork()
        if pid == 0:
            status = 70
            try:
                connection.close()
                status = _run(output, arguments)
            finally:
                os._exit(status)
        connection.send(pid)
        _, ended = os.waitpid(pid, 0)
        connection.send(os.waitstatus_to_exitcode(ended))


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
