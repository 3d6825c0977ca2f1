"""Ids of 63 bits (41 of milliseconds since 2026-01-01, 12 of a logical shard, 10 of a sequence) and their opaque form.

The database makes them (`next_id(shard)`); the opaque form that clients see is a byte for the type and eight for
the number, in URL-safe base64: 12 characters.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from kit.errors import BadUserInput

SHARDS = 4096
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_FORM = struct.Struct(">BQ")


def shard_of(number: int) -> int:
    """The logical shard, 0 to 4,095, whose database holds the row."""
    return number >> 10 & SHARDS - 1


def made_at(number: int) -> datetime:
    """When the id was made, to the millisecond."""
    return EPOCH + timedelta(milliseconds=number >> 22)


def since(instant: datetime) -> int:
    """The smallest number that an id made at `instant` or later can be; a millisecond is 2^22 of them."""
    return (instant - EPOCH) // timedelta(milliseconds=1) << 22


def encode(tag: int, number: int) -> str:
    """The opaque id of the row `number` of the type `tag` (1 to 255)."""
    return urlsafe_b64encode(_FORM.pack(tag, number)).decode()


def decode(text: str) -> tuple[int, int]:
    """(tag, number) of an opaque id. Raises BadUserInput where `encode` cannot have made it."""
    try:
        tag, number = _FORM.unpack(urlsafe_b64decode(text.encode("ascii")))
    except (ValueError, struct.error):
        raise BadUserInput("Invalid ID: expected an ID that this API returned.") from None
    if encode(tag, number) != text or number >> 63:
        raise BadUserInput("Invalid ID: expected an ID that this API returned.")
    return tag, number
