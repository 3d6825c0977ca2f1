"""Posts."""

from datetime import UTC, datetime, timedelta

from domain.media.rows import Photo
from domain.rows import Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Post(Row, frozen=True):
    """A post. `created_at` is the instant of publication, of creation until then; `media` holds what is ready."""

    TAG = 2

    author_id: int
    status: str
    caption: str
    created_at: datetime
    media: tuple[Photo, ...]


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970: what feeds are ordered by."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def instant(milliseconds: int) -> datetime:
    """The inverse of `milliseconds`."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
