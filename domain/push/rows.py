"""Rows of devices and push notifications."""

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
"""Renders pushes of a kind by (recipient, subject), in order; None for subjects that are no longer to be shown.

It must check whether each recipient may see the subject: no other code does.
"""


class PushKind(StrEnum):
    """What a push tells of, as rows of `pushes` name it."""

    MESSAGE = "message"
    NOTIFICATION = "notification"


class Offer(msgspec.Struct, frozen=True):
    """The platforms that this server can reach, and the VAPID key for browsers (RFC 8292), in base64url."""

    platforms: frozenset[str] = frozenset()
    web_push_key: str | None = None


class Device(Row, frozen=True):
    """A device. Its owner may see `platform` and `created_at` only.

    `token` is an endpoint if the platform is WEB_PUSH, and the keys are in base64url; other platforms have none.
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
    """A push leased until `lease`, for the `attempt`th time, `age` after it was enqueued.

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
        """Its ID for push services: 32 letters of base64url, the maximum of RFC 8030, that reveal nothing."""
        digest = hashlib.sha256(f"{self.user_id} {self.collapse_key}".encode()).digest()
        return urlsafe_b64encode(digest[:24]).decode()
