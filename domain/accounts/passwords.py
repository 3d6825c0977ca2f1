"""Passwords by argon2id, off the event loop and never more at a time than there are cores."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kit.errors import Overloaded
from kit.gate import release_place
from kit.lanes import LaneFull, Lanes

MAX_WAIT_S = 5.0
WAITING = 64
"""So many wait at most, three of eight of them people who are known."""

_KNOWN, _OTHERS = 0, 1

T = TypeVar("T")


class Passwords:
    """t=2, m=19 MiB, p=1: OWASP's second choice for argon2id, 19 ms on the machines this was measured on.

    People who are known, as they have signed in from there not long ago or are signed in, wait in a lane of their own:
    a flood of sign-ins from elsewhere does not delay them.
    """

    def __init__(self, threads: int | None = None, waiting: int = WAITING) -> None:
        """`waiting` is no more than may release their places in the gate: each that waits has done so."""
        threads = threads or os.cpu_count() or 1
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._lanes = Lanes(threads, (waiting * 3 // 8, waiting * 5 // 8))
        self._dummy = self._hasher.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        """A new hash in PHC form. Raises Overloaded where too many wait, or after 5 s."""
        return await self._run(_OTHERS, self._hasher.hash, password)

    async def verify(self, hash: str | None, password: str, *, known: bool) -> bool:
        """Whether `password` made `hash`. For None, as much work and always False: nobody can tell that it was.

        Raises Overloaded where too many wait, or after 5 s.
        """
        lane = _KNOWN if known else _OTHERS
        return await self._run(lane, self._verify, hash or self._dummy, password) and hash is not None

    def _verify(self, hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(hash, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False

    async def _run(self, lane: int, call: Callable[..., T], *arguments: str) -> T:
        release_place()
        try:
            await self._lanes.enter(lane, MAX_WAIT_S)
        except LaneFull:
            raise Overloaded from None
        except TimeoutError:
            raise Overloaded from None
        try:
            work = asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)
        except BaseException:
            self._lanes.leave()
            raise
        # A thread cannot be stopped: its place is free when it is done, even if nobody waits for the answer any more.
        work.add_done_callback(self._done)
        return await asyncio.shield(work)

    def _done(self, work: "asyncio.Future[T]") -> None:
        self._lanes.leave()
        if not work.cancelled():
            work.exception()  # seen, should the caller be gone

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
