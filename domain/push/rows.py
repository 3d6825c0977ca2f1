"""Devices, and what waits to be sent to them."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from clients.postgres import Database
from clients.push import Content
from domain.rows import Row

__all__ = ["Content", "Device", "Offer", "Push", "Render"]

Render = Callable[[Database, str, Sequence[tuple[int, int]]], Awaitable[Sequence[Content | None]]]
"""What pushes of a kind say by now, by (recipient, subject), in their order; None for what is no longer to be shown.

It asks for each recipient whether they may see the subject: nobody else does.
"""


class PushKind(StrEnum):
    """What a push tells of, as rows of `pushes` name it."""

    MESSAGE = "message"
    NOTIFICATION = "notification"


class Offer(msgspec.Struct, frozen=True):
    """Which platforms can be reached from here, and the key that browsers subscribe with (RFC 8292), in base64url."""

    platforms: frozenset[str] = frozenset()
    web_push_key: str | None = None


class Device(Row, frozen=True):
    """Where somebody is reached. Only `platform` and `created_at` are for them to see.

    `token` is an endpoint where the platform is WEB_PUSH, and the keys are in base64url; other platforms have none.
    """

    TAG = 12

    user_id: int
    platform: str
    token: str
    p256dh: str | None
    auth: str | None
    created_at: datetime
    registered_at: datetime


class Push(msgspec.Struct, frozen=True):
    """A push in a worker's hands until `lease`, for the `attempt`th time, `age` after it was promised.

    `kind` is a PushKind, or one of a newer version. `left_devices` are those that it has not reached, None for all of
    its recipient's.
    """

    id: int
    user_id: int
    kind: str
    subject_id: int
    collapse_key: str
    urgent: bool
    version: int
    attempt: int
    left_devices: list[int] | None
    age: timedelta
    lease: datetime

    @property
    def collapse_id(self) -> str:
        """What push services know it by: 32 letters of base64url, the most of RFC 8030, that tell them nothing."""
        digest = hashlib.sha256(f"{self.user_id} {self.collapse_key}".encode()).digest()
        return urlsafe_b64encode(digest[:24]).decode()
