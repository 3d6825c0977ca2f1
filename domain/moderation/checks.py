"""Whether what people send may be shown: checks that look at it, and what follows from all of them together."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Protocol

import msgspec

from domain.media.decoder_schema import Look
from domain.moderation.banned import Banned


class Outcome(IntEnum):
    """What is to be done with it; of several the highest counts."""

    ALLOW = 0
    REVIEW = 1
    REJECT = 2


class Verdict(msgspec.Struct, frozen=True):
    """`reason` is a sentence: for the uploader in a REJECT, for the moderator in a REVIEW."""

    outcome: Outcome
    reason: str = ""


class Check(Protocol):
    """One way to find what may not be shown."""

    async def judge(self, looks: Sequence[Look]) -> Verdict:
        """The verdict on what looks like this from beginning to end."""
        ...


class KnownPictures:
    """Rejects what is on the list of banned pictures, however it was scaled, encoded, turned or mirrored."""

    def __init__(self, banned: Banned) -> None:
        self._banned = banned

    async def judge(self, looks: Sequence[Look]) -> Verdict:
        """As `Check` says. A picture of little detail resembles many, and is compared with none."""
        hashes = [hash for look in looks if look.quality >= Banned.LEAST_QUALITY for hash in look.hashes]
        reason = await self._banned.match(hashes)
        return Verdict(Outcome.REJECT, reason) if reason is not None else Verdict(Outcome.ALLOW)


class Nudity:
    """Has what a model finds nude looked at from one score on, and rejected from another, 0..1."""

    def __init__(self, review: float, reject: float) -> None:
        self._review = review
        self._reject = reject

    async def judge(self, looks: Sequence[Look]) -> Verdict:
        """As `Check` says. Allows everything where the model is not installed."""
        most = max((look.nudity for look in looks if look.nudity is not None), default=0.0)
        if most >= self._reject:
            return Verdict(Outcome.REJECT, "The file shows nudity, which is not allowed.")
        if most >= self._review:
            return Verdict(Outcome.REVIEW, f"Perhaps nudity ({most:.2f}).")
        return Verdict(Outcome.ALLOW)


async def judge(checks: Sequence[Check], looks: Sequence[Look]) -> Verdict:
    """The strictest verdict of all checks."""
    return max([await check.judge(looks) for check in checks], key=lambda verdict: verdict.outcome)
