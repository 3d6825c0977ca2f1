"""Passwords by argon2id, off the event loop and never more at a time than there are cores."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kit.errors import RateLimited

_WAIT = 10.0
QUEUE = 200

T = TypeVar("T")


class Passwords:
    """t=2, m=19 MiB, p=1: OWASP's second choice for argon2id, 19 ms on the machines this was measured on."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="argon2")
        self._waiting = 0
        self._dummy = self._hasher.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        """A new hash in PHC form. Raises RateLimited where 200 wait, or after 10 s."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, hash: str | None, password: str) -> bool:
        """Whether `password` made `hash`. For None, as much work and always False: nobody can tell that it was."""
        return await self._run(self._verify, hash or self._dummy, password) and hash is not None

    def _verify(self, hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(hash, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False

    async def _run(self, call: Callable[..., T], *arguments: str) -> T:
        if self._waiting >= QUEUE:
            raise RateLimited(1)
        self._waiting += 1
        try:
            work = asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)
            return await asyncio.wait_for(work, _WAIT)
        except TimeoutError:
            raise RateLimited(_WAIT) from None
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
