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
"""What becomes of one's own things: nobody else does it."""

URGENT = {Kind.MENTION, Kind.FOLLOW_REQUEST, Kind.REPLY, Kind.POST_REJECTED, Kind.STORY_REJECTED}
"""What a person wants to hear of at once; the rest may wait, and come together."""


class Notification(Row, frozen=True):
    """`actors` are the last of those who did it whom the reader hears, at most 10, the newest first.

    `actor_count` counts everybody who did it.
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
