"""Child processes that do not outlive us.

On Linux a child asks the kernel to be killed when the thread that forked it dies: start children from the main thread.
Elsewhere a clean stop stops them, a `kill -9` of the parent does not.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_BIG_LOG = 10 * 1024 * 1024

_given: set[int] = set()


class StartError(Exception):
    """A part did not come up; the message says why, with the end of its log."""


class Process:
    """One child with its log. It can be started again after it was stopped or killed."""

    def __init__(
        self,
        name: str,
        command: Callable[[], Sequence[str]],
        log: Path,
        *,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
        enter: Callable[[], None] | None = None,
        stop_signal: int = signal.SIGTERM,
        patience: float = 10.0,
    ) -> None:
        """`command` is asked at each start; `enter` runs in the child before it; after `patience` s a stop kills."""
        self.name = name
        self._command = command
        self._log = log
        self._environ = environ
        self._folder = folder
        self._enter = enter
        self._stop_signal = stop_signal
        self._patience = patience
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the child lives."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """Of the child that was started last."""
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        """Start the child; it need not be ready when this returns."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        big = self._log.exists() and self._log.stat().st_size > _BIG_LOG
        with self._log.open("wb" if big else "ab") as log:
            self._child = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env=None if self._environ is None else {**os.environ, **self._environ},
                start_new_session=True,
                preexec_fn=_entering(self._enter, os.getpid()),
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return when `ready()`. Raises StartError when the child ends first, or after `seconds`."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise StartError(f"{self.name} ended while starting.\n{self._tail()}")
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} was not ready after {seconds:.0f} s.\n{self._tail()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the child by its signal, or by SIGKILL when it takes too long."""
        if self._child is None or not self.running:
            return
        self._child.send_signal(self._stop_signal)
        try:
            self._child.wait(self._patience)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the child, and all of its process group, by SIGKILL."""
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()

    def _tail(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-15:]
        return "\n".join(f"  {line}" for line in lines)


def free_port(preferred: int = 0) -> int:
    """A TCP port that nobody listens on at 127.0.0.1: `preferred` where it is free. Never the same twice."""
    for port in (preferred, *[0] * 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found = int(probe.getsockname()[1])
            if found not in _given:
                _given.add(found)
                return found
    raise StartError("No port is free.")


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens on that port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def die_with_parent(number: int) -> None:
    """Have the kernel send this process the signal `number` when its parent ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number)


def _entering(enter: Callable[[], None] | None, parent: int) -> Callable[[], None]:
    def entered() -> None:
        if enter is not None:
            enter()
        die_with_parent(signal.SIGKILL)
        if os.getppid() not in (parent, 0):
            os._exit(1)

    return entered
