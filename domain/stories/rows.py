"""Rows of stories, reels and highlights."""

from datetime import datetime, timedelta
from typing import Self

import msgspec

from domain.media.rows import AnyMedia
from domain.rows import Row
from domain.statuses import PublicationStatus, StoryAudience

LIFE = timedelta(hours=24)


class Story(Row, frozen=True):
    """A story as the viewer sees it. `created_at` is the instant of publication, of creation until then.

    `media` is None until then. `is_kept`: a highlight has it. `views` is a number that may be 2 s old.
    """

    TAG = 16

    author_id: int
    status: PublicationStatus
    audience: StoryAudience
    created_at: datetime
    is_kept: bool
    views: int
    viewer_has_seen: bool
    media: AnyMedia | None

    @property
    def expires_at(self) -> datetime:
        """From then on only its author sees it, unless a highlight keeps it."""
        return self.created_at + LIFE


class Reel(Row, frozen=True):
    """The live stories of the user with this ID that the viewer may see: oldest first, at least one."""

    TAG = 17

    stories: tuple[Story, ...]

    @property
    def has_unseen(self) -> bool:
        """Whether the viewer has not seen all of them."""
        return not all(story.viewer_has_seen for story in self.stories)

    @property
    def latest_at(self) -> datetime:
        """The instant of publication of the newest."""
        return self.stories[-1].created_at


class Highlight(Row, frozen=True):
    """A highlight of `user_id`: IDs and audiences of its stories, in the order of publication."""

    TAG = 18

    user_id: int
    title: str
    kept: tuple[tuple[int, StoryAudience], ...]

    def keep_only(self, kept: tuple[tuple[int, StoryAudience], ...]) -> Self:
        """A copy of the highlight that contains only the stories in `kept`."""
        return msgspec.structs.replace(self, kept=kept)

    @property
    def story_ids(self) -> list[int]:
        """The story IDs."""
        return [id for id, _ in self.kept]
