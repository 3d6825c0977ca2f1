"""Sandboxed processes for work that may hang, crash or exhaust memory (`kit/jail`).

`Sandbox` is the parent's side: a small pool of children running the module, each doing one job at a time. `serve` is
the child's side: the module calls it. They exchange JSON, one object a line, over the child's stdin and stdout: a job
goes in, any number of `{"told": 0.5}` and then `{"answer": {...}}` or `{"refused": {"code": ..., "message": ...}}` come
out.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec

from kit import jail
from kit.errors import ErrorCode

log = logging.getLogger(__name__)

JOBS_PER_CHILD = 100
MAX_LINE = 8 * 1024 * 1024
MAX_FILE_BYTES = 256 * 1024 * 1024
# `tell` in the child reports whole percents; a child that reports more often no longer runs our code.
MAX_TOLD = 200

# The progress of a job, 0 to 1.
Tell = Callable[[float], None]


class InvalidInputError(Exception):
    """The job's input is invalid: `code` is for programs, `message` a sentence for people."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class SandboxTimeout(Exception):
    """The job exceeded its timeout and was killed."""


class SandboxCrash(Exception):
    """The child ended in the middle of the job: a crash, a bug, or out of memory."""


class _Refusal(msgspec.Struct):
    code: ErrorCode
    message: str


class _Reply(msgspec.Struct):
    """A message of a child: one of the fields is set."""

    told: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    refused: _Refusal | None = None
    answer: dict[str, Any] | None = None


class Sandbox:
    """A pool of at most `workers` sandboxed children that run `module`, started on demand.

    A job may take `timeout` seconds, without the wait for a free child, and a child `memory_bytes` of memory. The same
    holds for each program that it starts, which requires `programs`. Children write in `folder` only, so the files of a
    job are there. They get none of this process's environment.
    """

    def __init__(
        self, module: str, *, workers: int, timeout: float, memory_bytes: int, folder: Path, programs: bool = False
    ) -> None:
        self.folder = folder
        self._module = module
        self._timeout = timeout
        self._terms = jail.Terms(str(folder), memory_bytes, MAX_FILE_BYTES, programs)
        self._free = asyncio.Semaphore(workers)
        self._idle: list[_Child] = []
        self._closed = False
        if fences := jail.missing():
            log.warning("sandbox: this machine has no %s; the rest of the jail holds.", " and no ".join(fences))

    async def run(
        self, job: dict[str, Any], *, timeout: float | None = None, tell: Tell | None = None
    ) -> dict[str, Any]:
        """Return the result of the module's handler for `job`; both must be JSON.

        `timeout` is this job's own, in seconds. `tell` gets its progress; it must not block. Raises InvalidInputError
        if the handler did, SandboxTimeout, and SandboxCrash. After the last two, and after a cancellation, the child is
        killed with all its children.
        """
        seconds = self._timeout if timeout is None else timeout
        async with self._free:
            if self._closed:
                raise RuntimeError("The sandbox is closed.")
            child = self._take()
            try:
                async with asyncio.timeout(seconds):
                    reply = await child.ask(job, seconds, tell)
            except TimeoutError:
                await child.kill()
                raise SandboxTimeout(f"{self._module} took longer than {seconds:g} s.") from None
            except BaseException:
                await child.kill()
                raise
            if child.jobs < JOBS_PER_CHILD and not self._closed:
                self._idle.append(child)
            else:
                await child.kill()
        if reply.refused is not None:
            raise InvalidInputError(reply.refused.code, reply.refused.message)
        assert reply.answer is not None
        return reply.answer

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
        return _Child(self._module, self._terms)


class _Child:
    """One process, started by its first job, and its descendants: they cannot leave its process group."""

    def __init__(self, module: str, terms: jail.Terms) -> None:
        self._module = module
        # -P: import no module from the working directory; -s: nor from a home directory.
        self._command = (sys.executable, "-P", "-s", "-m", "kit.jail", msgspec.json.encode(terms).decode(), module)
        self._environment = _environment() | {"TMPDIR": terms.folder}
        self._process: Process | None = None
        self.jobs = 0

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def ask(self, job: dict[str, Any], seconds: float, tell: Tell | None) -> _Reply:
        self.jobs += 1
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                limit=MAX_LINE,
                env=self._environment,
                start_new_session=True,  # Ctrl-C is handled by the parent; and the whole group is killed at once
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"job": job, "seconds": seconds * (os.cpu_count() or 1)}
        try:
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            await self._process.stdin.drain()
            for _ in range(MAX_TOLD):
                reply = msgspec.json.decode(await self._process.stdout.readuntil(b"\n"), type=_Reply)
                if reply.told is None:
                    break
                if tell is not None:
                    tell(reply.told)
        except (ConnectionError, EOFError, asyncio.LimitOverrunError):
            # A process that ends by itself gets time to report why.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._process.wait()
            await self.kill()
            raise SandboxCrash(f"{self._module} ended with status {self._process.returncode}.") from None
        except msgspec.MsgspecError:
            raise SandboxCrash(f"{self._module} answered nonsense.") from None
        if (reply.answer is None) == (reply.refused is None):
            raise SandboxCrash(f"{self._module} answered nonsense.")
        return reply

    async def kill(self) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


def _environment() -> dict[str, str]:
    """Return only what Python needs to find the same modules: no secret of this process reaches a decoder."""
    return {
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        "PATH": os.defpath,
        # Else Python asks the system's directory of users where home is.
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",
        # Its threads would only use memory: nothing decoded here is multiplied.
        "OPENBLAS_NUM_THREADS": "1",
    }


def serve(handle: Callable[[dict[str, Any], Tell], dict[str, Any]]) -> None:
    """Run the child's loop: answer jobs from stdin until it ends.

    `handle` gets a job, and a function to report progress.

    An InvalidInputError of `handle` is a response; any other exception ends the process with a traceback.
    """
    jobs = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    # A library that prints must not write into the protocol.
    os.dup2(2, 1)

    def reply(**said: Any) -> None:
        replies.write(json.dumps(said).encode() + b"\n")
        replies.flush()

    for line in jobs:
        asked = json.loads(line)
        percent = -1

        def tell(fraction: float) -> None:
            nonlocal percent
            if int(fraction * 100) > percent:
                percent = int(fraction * 100)
                reply(told=fraction)

        jail.allow_seconds(asked["seconds"])
        try:
            reply(answer=handle(asked["job"], tell))
        except InvalidInputError as refused:
            reply(refused={"code": refused.code, "message": refused.message})
