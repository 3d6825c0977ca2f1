"""Work that may hang, crash or eat all memory, done in processes that can be thrown away.

`Sandbox` is the parent's side: a small pool of children running `python -m MODULE`, each doing one job at a time.
`serve` is the child's: the module calls it when run. They speak JSON, one object a line, over the child's stdin and
stdout: a job goes in, `{"answer": {...}}` or `{"refused": {"code": ..., "message": ...}}` comes out.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from typing import Any

JOBS_PER_CHILD = 100
MAX_LINE = 1024 * 1024
MAX_FILE_BYTES = 256 * 1024 * 1024

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


class Refused(Exception):
    """The job's input is not acceptable: `code` is for programs, `message` a sentence for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class SandboxTimeout(Exception):
    """The job took too long and was killed."""


class SandboxCrash(Exception):
    """The child ended in the middle of the job: a crash, a bug, or out of memory."""


class Sandbox:
    """A pool of at most `workers` children of `python -m module`, started when first needed.

    A job may take `timeout` seconds, waiting for a free child not counted, and a child `memory_bytes` of memory.
    Children get none of this process's environment.
    """

    def __init__(self, module: str, *, workers: int, timeout: float, memory_bytes: int) -> None:
        self._module = module
        self._timeout = timeout
        self._memory_bytes = memory_bytes
        self._free = asyncio.Semaphore(workers)
        self._idle: list[_Child] = []
        self._closed = False

    async def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """What the module's handler returns for `job`; both must be JSON.

        Raises Refused when the handler did, SandboxTimeout, and SandboxCrash. Cancelling it kills the child.
        """
        async with self._free:
            if self._closed:
                raise RuntimeError("The sandbox is closed.")
            child = self._take()
            try:
                async with asyncio.timeout(self._timeout):
                    reply = await child.ask(job)
            except TimeoutError:
                await child.kill()
                raise SandboxTimeout(f"{self._module} took longer than {self._timeout:g} s.") from None
            except BaseException:
                await child.kill()
                raise
            if child.jobs < JOBS_PER_CHILD and not self._closed:
                self._idle.append(child)
            else:
                await child.kill()
        if "refused" in reply:
            raise Refused(**reply["refused"])
        answer: dict[str, Any] = reply["answer"]
        return answer

    async def close(self) -> None:
        """Kill the idle children; a busy one dies when its job ends."""
        self._closed = True
        while self._idle:
            await self._idle.pop().kill()

    def _take(self) -> "_Child":
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
        return _Child(self._module, self._memory_bytes)


class _Child:
    """One process, started by its first job."""

    def __init__(self, module: str, memory_bytes: int) -> None:
        self._command = (sys.executable, "-m", module, str(memory_bytes))
        self._process: Process | None = None
        self.jobs = 0

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        self.jobs += 1
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                limit=MAX_LINE,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for the parent to answer
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            await self._process.stdin.drain()
            reply: Any = json.loads(await self._process.stdout.readuntil(b"\n"))
        except (ConnectionError, EOFError, asyncio.LimitOverrunError, ValueError):
            await self.kill()
            raise SandboxCrash(f"{self._command[2]} ended with status {self._process.returncode}.") from None
        if not isinstance(reply, dict) or not reply.keys() & {"answer", "refused"}:
            raise SandboxCrash(f"{self._command[2]} answered nonsense.")
        return reply

    async def kill(self) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def _environment() -> dict[str, str]:
    """Nothing but what Python needs to find the same modules: no secret of this process reaches a decoder."""
    return {
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",
    }


def serve(handle: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """The child's loop: limit this process, then answer jobs from stdin until it ends.

    A Refused that `handle` raises is an answer; any other exception ends the process with a traceback.
    """
    _limit(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    jobs = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    # A library that prints must not speak into the conversation.
    os.dup2(2, 1)
    for line in jobs:
        try:
            reply: dict[str, Any] = {"answer": handle(json.loads(line))}
        except Refused as refused:
            reply = {"refused": {"code": refused.code, "message": refused.message}}
        replies.write(json.dumps(reply).encode() + b"\n")
        replies.flush()


def _limit(memory_bytes: int | None) -> None:
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_FSIZE, MAX_FILE_BYTES)
    if memory_bytes is not None and sys.platform == "linux":
        # RLIMIT_DATA counts private writable memory, which is what a decoder eats. RLIMIT_AS would also count mapped
        # libraries and the address space that threads reserve and never touch: twice as much for the same work.
        _lower(resource.RLIMIT_DATA, memory_bytes)


def _lower(limit: int, value: int) -> None:
    hard = resource.getrlimit(limit)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))
