"""Moderation checks of uploads, and their combined verdict."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Protocol

import msgspec

from domain.media.decoder_schema import Look
from domain.moderation.banned import Banned


class Outcome(IntEnum):
    """Outcomes; of several the highest counts."""

    ALLOW = 0
    REVIEW = 1
    REJECT = 2


class Verdict(msgspec.Struct, frozen=True):
    """`reason` is a sentence: for the uploader in a REJECT, for the moderator in a REVIEW."""

    outcome: Outcome
    reason: str = ""


class Check(Protocol):
    """One method of detecting forbidden content."""

    async def judge(self, looks: Sequence[Look]) -> Verdict:
        """Return the verdict on these looks: of a picture, or of frames of a video."""
        ...


class KnownPictures:
    """Rejects banned pictures, also if they were scaled, re-encoded, turned or mirrored."""

    def __init__(self, banned: Banned) -> None:
        self._banned = banned

    async def judge(self, looks: Sequence[Look]) -> Verdict:
        """Return the verdict. A picture with little detail resembles many, and is not compared."""
        hashes = [hash for look in looks if look.quality >= Banned.LEAST_QUALITY for hash in look.hashes]
        reason = await self._banned.match(hashes)
        return Verdict(Outcome.REJECT, reason) if reason is not None else Verdict(Outcome.ALLOW)


class Nudity:
    """Sends pictures above one score of a nudity model to review, and rejects those above another, 0..1."""

    def __init__(self, review: float, reject: float) -> None:
        self._review = review
        self._reject = reject

    async def judge(self, looks: Sequence[Look]) -> Verdict:
        """Return the verdict. Allows everything if the model is not installed."""
        most = max((look.nudity for look in looks if look.nudity is not None), default=0.0)
        if most >= self._reject:
            return Verdict(Outcome.REJECT, "The file shows nudity, which is not allowed.")
        if most >= self._review:
            return Verdict(Outcome.REVIEW, f"Perhaps nudity ({most:.2f}).")
        return Verdict(Outcome.ALLOW)


async def judge(checks: Sequence[Check], looks: Sequence[Look]) -> Verdict:
    """Return the strictest verdict of all checks."""
    return max([await check.judge(looks) for check in checks], key=lambda verdict: verdict.outcome)
