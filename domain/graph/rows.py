"""Relationships between users."""

from enum import IntEnum

import msgspec


class Kind(IntEnum):
    """One direction of a relationship: the `kind` of a relation's row, and a bit in `Relationship`.

    STORY_NOTIFICATIONS turns on notifications of stories. It exists only together with FOLLOW.
    """

    FOLLOW = 1
    REQUEST = 2
    BLOCK = 4
    MUTE = 8
    CLOSE_FRIEND = 16
    STORY_NOTIFICATIONS = 32


class Relationship(msgspec.Struct, frozen=True):
    """The relationship between a viewer (0: signed out) and another user, in bits of Kind.

    `by_viewer` is what the viewer has done to the user, `of_viewer` what the user has done to the viewer.

    `viewer_active` is False for a viewer whose account is hidden or gone while their access token lives on.
    """

    is_viewer: bool
    viewer_active: bool
    by_viewer: int
    of_viewer: int
