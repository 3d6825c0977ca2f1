"""Password hashing by argon2id, outside the event loop, with at most one hash for each core at a time."""

import asyncio
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from clients.postgres import Queries
from kit.background import shared
from kit.errors import Overloaded
from kit.gate import release_place
from kit.lanes import LaneFull, Lanes
from kit.text import nfc, opaque_string

MAX_WAIT_S = 5.0
WAITING = 64
"""The maximum number of waiting checks. Three of eight places are for known users."""

_KNOWN, _OTHERS = 0, 1

T = TypeVar("T")


class Verdict(msgspec.Struct, frozen=True):
    """Whether a password is correct, and a new hash to store if the compared one is outdated."""

    is_right: bool
    new_hash: str | None = None


class Passwords:
    """t=2, m=19 MiB, p=1: OWASP's second choice for argon2id, 19 ms on the machines this was measured on.

    Known users (signed in, or recently signed in from the same network) wait in a lane of their own. A flood of
    sign-ins from elsewhere does not delay them.
    """

    def __init__(self, threads: int | None = None, waiting: int = WAITING) -> None:
        """`waiting` must not exceed the places of the gate: each waiting check has released its place."""
        threads = threads or os.cpu_count() or 1
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._lanes = Lanes(threads, (waiting * 3 // 8, waiting * 5 // 8))
        self._dummy = self._hasher.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        """Return a new hash of the OpaqueString `password`, in PHC form.

        Raises Overloaded if too many wait, or after 5 s.
        """
        return await self._run(_OTHERS, self._hasher.hash, opaque_string(password))

    async def verify(self, hash: str | None, password: str, *, known: bool) -> Verdict:
        """Return whether `password` matches `hash`.

        For None, it is false after the same work, so timing reveals nothing.

        Raises Overloaded if too many checks wait, or after 5 s.
        """
        lane = _KNOWN if known else _OTHERS
        verdict = await self._run(lane, self._verify_forms, hash or self._dummy, password)
        return verdict if hash is not None else Verdict(False)

    def _verify_forms(self, hash: str, password: str) -> Verdict:
        """Older hashes were made of unnormalized input, as the keyboard sent it. ASCII has one form only."""
        normal = opaque_string(password)
        if self._verify(hash, normal):
            return Verdict(True)
        for form in {password, _decomposed(password)} - {normal}:
            if self._verify(hash, form):
                return Verdict(True, self._hasher.hash(normal))
        return Verdict(False)

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
        # A thread cannot be stopped: its place is free when it is done, even if no caller waits for the answer any
        # more.
        work.add_done_callback(self._done)
        return await shared(work)

    def _done(self, work: "asyncio.Future[T]") -> None:
        self._lanes.leave()

    def close(self) -> None:
        """Stop the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def replace_hash(db: Queries, user_id: int, hash: str | None, verdict: Verdict) -> None:
    """Store the new hash of a verdict, unless the password was changed in the meantime."""
    if verdict.new_hash:
        await db.execute(
            "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2", user_id, hash, verdict.new_hash
        )


def _decomposed(password: str) -> str:
    return unicodedata.normalize("NFD", nfc(password))
