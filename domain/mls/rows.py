"""Rows of MLS devices, groups and messages."""

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
        """The time of registration."""
        return ids.made_at(self.id)


class Group(Row, frozen=True):
    """A group, and its epoch."""

    TAG = 14

    epoch: int


class Claimed(msgspec.Struct, frozen=True):
    """A claimed key package."""

    device: Device
    key_package: bytes


class Invited(msgspec.Struct, frozen=True):
    """A recipient of a welcome: a device, by the package that adds it."""

    package_id: int
    device_id: int
    user_id: int


class Member(msgspec.Struct, frozen=True):
    """A device in a group, which it can read from the epoch `since_epoch` on."""

    device_id: int
    user_id: int
    since_epoch: int


class Message(msgspec.Struct, frozen=True):
    """A message in a mailbox: an MLSMessage as it was sent."""

    sequence: int
    group_id: str
    epoch: int
    kind: str
    message: bytes
    sent_at: datetime


Sent = dict[int, int]
"""The last sequence number of the mailbox of each recipient device."""
