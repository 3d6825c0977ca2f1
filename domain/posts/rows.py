"""Rows of posts and locations."""

from datetime import datetime

import msgspec

from domain.likes.rows import Likeable
from domain.media.rows import AnyMedia
from domain.rows import Row
from domain.statuses import PublicationStatus


class Location(Row, frozen=True):
    """A location, as its author named it; coordinates in degrees, or None."""

    TAG = 6

    name: str
    latitude: float | None
    longitude: float | None


class Post(Likeable, frozen=True):
    """A post, as `reads` selects it, `cache` stores it (`FORMAT` is its version) and the golden files have it.

    `created_at` is the instant of publication, of creation until then; `media` holds what is ready.

    `hashtags` are the identities of the hashtags of the caption (`domain.entities`), as older versions cache them too.
    `mention_ids` are the users whom the caption mentioned when it was written. `likes` and `comments` may be 2 s old.
    """

    TAG = 2
    TABLE = "posts"
    LIKE_COUNTER = "post.likes"
    INPUT_FIELD = "postId"

    author_id: int
    status: PublicationStatus
    caption: str
    hashtags: tuple[str, ...]
    mention_ids: tuple[int, ...]
    location: Location | None
    comments_disabled: bool
    created_at: datetime
    edited_at: datetime | None
    likes: int
    comments: int
    media: tuple[AnyMedia, ...]


class View(msgspec.Struct, frozen=True):
    """The viewer's actions on a post or comment, and the counts of likes and comments that are hidden from them."""

    liked: bool = False
    saved: bool = False
    hidden_likes: int = 0
    hidden_comments: int = 0
