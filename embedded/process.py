"""Child processes that end with their parent.

On Linux a child asks the kernel to be killed when the thread that forked it dies: start children from the main thread.
Elsewhere a clean stop stops them, a `kill -9` of the parent does not.
"""

import contextlib
import ctypes
import http.client
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kit.lifeline import die_with_parent

_CLONE_NEWUSER = 0x10000000
_BIG_LOG = 10 * 1024 * 1024

# Loaded before any fork: a child of a process with threads should not load libraries.
_LIBC = ctypes.CDLL(None, use_errno=True)
# Below the ports that systems give to outgoing connections, which could take one while its owner restarts.
_PORTS = range(20_000, 32_000)

_given: set[int] = set()


class StartError(Exception):
    """A service did not start; the message says why, with the end of its log."""


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
        self.log = log
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
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.rotate_log()
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env=None if self._environ is None else {**os.environ, **self._environ},
                start_new_session=True,
                preexec_fn=dying_with_us(self._enter),
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return when `ready()`. Raises StartError when the child ends first, or after `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            answered = ready()
            if not self.running:
                raise StartError(f"{self.name} ended while starting.\n{self._tail()}")
            if answered:
                return
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
        if self._child is not None and self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()

    def rotate_log(self) -> None:
        """Move a log that has become large aside; the child goes on writing to an empty one."""
        if self.log.exists() and self.log.stat().st_size > _BIG_LOG:
            shutil.copyfile(self.log, self.log.with_name(self.log.name + ".1"))
            os.truncate(self.log, 0)

    def _tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        return "\n".join(f"  {line}" for line in lines)


def free_port(preferred: int = 0) -> int:
    """A TCP port that nobody listens on at 127.0.0.1: `preferred` where it is free.

    Never the same twice; on Linux not even to another process, for as long as this one lives.
    """
    for port in (preferred, *random.sample(_PORTS, 200)):
        if port == 0 or port in _given:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if claim(f"port-{port}"):
            _given.add(port)
            return port
    raise StartError("No port is free.")


def claim(name: str) -> bool:
    """Whether no other Heliograph on this machine holds `name`; then it is ours until this process ends (Linux)."""
    if sys.platform != "linux":
        return True
    held = socket.socket(socket.AF_UNIX)
    try:
        held.bind(f"\0heliograph-{name}")
    except OSError:
        held.close()
        return False
    held.detach()
    return True


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens on that port."""
    try:
        socket.create_connection((host, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def is_ready(port: int, path: str, host: str = "127.0.0.1", timeout: float = 5) -> bool:
    """Whether GET `path` on that port is answered with 200 within `timeout` seconds."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def unshare_users() -> None:
    """Enter a new user namespace, yet without any user in it (Linux). Raises OSError where that is not allowed."""
    if _LIBC.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def dying_with_us(enter: Callable[[], None] | None = None) -> Callable[[], None]:
    """A `preexec_fn`: calls `enter`, then asks for SIGKILL when the thread that forks ends."""
    parent = os.getpid()

    def entered() -> None:
        if enter is not None:
            enter()
        die_with_parent(signal.SIGKILL)
        if os.getppid() not in (parent, 0):
            os._exit(1)

    return entered
