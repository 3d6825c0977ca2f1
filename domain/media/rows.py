"""Rows of uploads, pictures and videos."""

from datetime import datetime

import msgspec

from domain.rows import Row
from domain.statuses import MediaKind, UploadStatus
from kit.errors import UserError


class Variant(msgspec.Struct, frozen=True):
    """A stored rendition: `key` is its place in the bucket, sizes are in pixels and bytes."""

    name: str
    format: str
    width: int
    height: int
    byte_size: int
    key: str


class Tag(msgspec.Struct, frozen=True):
    """A tagged user in a picture: the position is 0..1 from the left and the top."""

    user_id: int
    x: float
    y: float


class Media(Row, frozen=True, tag_field="kind"):
    """Media that can be shown. The ID is that of its upload; `variants` are largest first."""

    width: int
    height: int
    blurhash: str
    variants: tuple[Variant, ...]
    alt_text: str | None = None
    tags: tuple[Tag, ...] = ()


class Photo(Media, frozen=True, tag="photo"):
    """A photo that is ready."""

    TAG = 3


class Video(Media, frozen=True, kw_only=True, tag="video"):
    """A video that can be played; its `variants` are of its poster. `hls` is the key of its master playlist."""

    TAG = 15

    duration_ms: int
    has_audio: bool
    hls: str


AnyMedia = Photo | Video
"""The media of an upload; `kind` tells the decoder (msgspec) which type it is."""


class Upload(Row, frozen=True):
    """An upload. `media` is set when READY, `rejection` when REJECTED.

    A multipart upload has `part_size` bytes in each part but the last; `multipart` is the store's ID of it. `progress`
    is 0..1: READY media below 1 have renditions to come.
    """

    TAG = 4

    owner_id: int
    kind: MediaKind
    content_type: str
    byte_size: int
    token: str
    status: UploadStatus
    media: Media | None
    rejection: UserError | None
    expires_at: datetime
    part_size: int | None
    multipart: str | None
    progress: float

    @property
    def settled(self) -> bool:
        """Whether its status is final without an action of a user."""
        return self.status in ("REJECTED", "EXPIRED") or (self.status == "READY" and self.progress >= 1)


def smallest_at_least(media: Media, width: int, format: str) -> Variant:
    """Return the smallest rendition in `format` at least `width` pixels wide, else the largest."""
    fitting = [variant for variant in media.variants if variant.format == format]
    wide_enough = [variant for variant in fitting if variant.width >= width]
    return min(wide_enough, key=lambda variant: variant.width) if wide_enough else fitting[0]
