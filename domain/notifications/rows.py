"""Notifications."""

from datetime import datetime
from enum import StrEnum

from domain.rows import Row


class Kind(StrEnum):
    """What was done."""

    LIKE = "LIKE"
    COMMENT = "COMMENT"
    COMMENT_LIKE = "COMMENT_LIKE"
    REPLY = "REPLY"
    MENTION = "MENTION"
    USER_TAG = "USER_TAG"
    FOLLOW = "FOLLOW"
    FOLLOW_REQUEST = "FOLLOW_REQUEST"
    FOLLOW_ACCEPTED = "FOLLOW_ACCEPTED"
    STORY = "STORY"
    POST_PUBLISHED = "POST_PUBLISHED"
    POST_REJECTED = "POST_REJECTED"
    STORY_REJECTED = "STORY_REJECTED"


OWN = {Kind.POST_PUBLISHED, Kind.POST_REJECTED, Kind.STORY_REJECTED}
"""Kinds about the user's own things, without an actor."""

URGENT = {Kind.MENTION, Kind.FOLLOW_REQUEST, Kind.REPLY, Kind.POST_REJECTED, Kind.STORY_REJECTED}
"""Kinds that are pushed at once; the others may wait, and be combined."""


class Notification(Row, frozen=True):
    """A notification. `actors` are the last of its actors who are visible to the reader, at most 10, newest first.

    `actor_count` counts all actors.
    """

    TAG = 11

    user_id: int
    kind: Kind
    target_tag: int
    target_id: int
    actor_count: int
    created_at: datetime
    updated_at: datetime
    is_read: bool
    actors: tuple[int, ...]
