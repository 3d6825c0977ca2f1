"""Rows of users."""

import re
from datetime import datetime

from domain.entities import MAX_USERNAME
from domain.graph.rows import Kind, Relationship
from domain.media.rows import Photo
from domain.rows import Row
from domain.statuses import AccountStatus, FollowState


class User(Row, frozen=True):
    """A user as the viewer sees them. `username` is in lower case."""

    TAG = 1

    username: str
    display_name: str
    bio: str
    avatar: Photo | None
    is_private: bool
    is_verified: bool
    status: AccountStatus
    created_at: datetime
    follower_count: int
    following_count: int
    post_count: int
    relationship: Relationship

    @property
    def viewer_follow(self) -> FollowState:
        """A FollowState: does the viewer follow them?"""
        return _follow(self.relationship.by_viewer)

    @property
    def follow_of_viewer(self) -> FollowState:
        """A FollowState: do they follow the viewer?"""
        return _follow(self.relationship.of_viewer)

    @property
    def viewer_has_blocked(self) -> bool:
        """Whether the viewer blocks the user."""
        return bool(self.relationship.by_viewer & Kind.BLOCK)

    @property
    def viewer_has_muted(self) -> bool:
        """Whether the viewer mutes the user."""
        return bool(self.relationship.by_viewer & Kind.MUTE)

    @property
    def viewer_has_close_friend(self) -> bool:
        """Whether the user is one of the viewer's close friends."""
        return bool(self.relationship.by_viewer & Kind.CLOSE_FRIEND)

    @property
    def viewer_has_story_notifications(self) -> bool:
        """Whether the viewer is notified of their stories."""
        return bool(self.relationship.by_viewer & Kind.STORY_NOTIFICATIONS)


def _follow(mask: int) -> FollowState:
    return "FOLLOWING" if mask & Kind.FOLLOW else "REQUESTED" if mask & Kind.REQUEST else "NONE"


USERNAME = re.compile(rf"[a-z0-9._]{{1,{MAX_USERNAME}}}")
