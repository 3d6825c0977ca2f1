"""Devices, groups, and what they send each other."""

from datetime import datetime

import msgspec

from domain.rows import Row
from kit import ids


class Device(Row, frozen=True):
    """A client of MLS, known by its signature key."""

    TAG = 13

    user_id: int
    signature_key: bytes
    seen_at: datetime

    @property
    def created_at(self) -> datetime:
        """When it was registered."""
        return ids.made_at(self.id)


class Group(Row, frozen=True):
    """A group, and the epoch that it is in."""

    TAG = 14

    epoch: int


class Claimed(msgspec.Struct, frozen=True):
    """A key package that was handed out."""

    device: Device
    key_package: bytes


class Invited(msgspec.Struct, frozen=True):
    """Whom a welcome is for: a device, by the package that adds it."""

    package_id: int
    device_id: int
    user_id: int


class Member(msgspec.Struct, frozen=True):
    """A device in a group, which it can read from the epoch `since_epoch` on."""

    device_id: int
    user_id: int
    since_epoch: int


class Message(msgspec.Struct, frozen=True):
    """What waits for a device: an MLSMessage as it came."""

    sequence: int
    group_id: str
    epoch: int
    kind: str
    message: bytes
    sent_at: datetime


Sent = dict[int, int]
"""For each device that was sent something, the last sequence of its mailbox."""
