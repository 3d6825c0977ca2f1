"""Uploads, and the pictures and videos they become."""

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
    """Somebody in a picture: 0..1 from the left and the top."""

    user_id: int
    x: float
    y: float


class Media(Row, frozen=True, tag_field="kind"):
    """What can be shown. Its id is the number of the upload it came from; `variants` are largest first."""

    width: int
    height: int
    blurhash: str
    variants: tuple[Variant, ...]
    alt_text: str | None = None
    tags: tuple[Tag, ...] = ()


class Photo(Media, frozen=True, tag="photo"):
    """A picture that is ready."""

    TAG = 3


class Video(Media, frozen=True, kw_only=True, tag="video"):
    """A video that can be played; its `variants` are of its poster. `hls` is the key of its master playlist."""

    TAG = 15

    duration_ms: int
    has_audio: bool
    hls: str


AnyMedia = Photo | Video
"""What a decoder is told: which of them it is, `kind` says."""


class Upload(Row, frozen=True):
    """A file on its way. `media` is set when READY, `rejection` when REJECTED.

    One sent by parts has `part_size` bytes in each but the last; `multipart` is the store's id of it. `progress` is
    0..1: what is READY below 1 has renditions to come.
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
        """Whether nothing will change of it by itself."""
        return self.status in ("REJECTED", "EXPIRED") or (self.status == "READY" and self.progress >= 1)


def smallest_at_least(media: Media, width: int, format: str) -> Variant:
    """The smallest rendition in `format` at least `width` pixels wide, else the largest."""
    fitting = [variant for variant in media.variants if variant.format == format]
    wide_enough = [variant for variant in fitting if variant.width >= width]
    return min(wide_enough, key=lambda variant: variant.width) if wide_enough else fitting[0]
