"""Schema of decoder responses. Decoders open untrusted files and may be compromised, so every response is validated."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from domain.media.formats import MAX_SECONDS

Nonsense = msgspec.ValidationError


def read(answer: dict[str, Any], kind: type) -> dict[str, Any]:
    """Decode `answer` as the job `kind` defines it. Raises Nonsense."""
    plain: dict[str, Any] = msgspec.to_builtins(msgspec.convert(answer, kind))
    return plain


Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Side = Annotated[int, Meta(ge=1, le=65_535)]
Rate = Annotated[str, Meta(pattern="^[0-9]{1,9}/[1-9][0-9]{0,8}$")]
Bytes = Annotated[int, Meta(ge=0, le=1 << 32)]
Bits = Annotated[int, Meta(ge=0, le=1 << 32)]
RungName = Annotated[str, Meta(pattern="^[0-9]{1,5}p$")]


class Look(Struct, frozen=True):
    """Hashes and scores of a picture or of a frame of a video, from `domain/media/looks`."""

    hashes: Annotated[tuple[Hash, ...], Meta(max_length=8)]
    quality: int
    nudity: float | None


Looks = Annotated[list[Look], Meta(min_length=1, max_length=32)]


class Rendition(Struct):
    """A rendition, from `images.render`."""

    name: Literal["LARGE", "MEDIUM", "SMALL", "THUMBNAIL"]
    format: Literal["JPEG", "WEBP"]
    width: Side
    height: Side
    byte_size: Bytes
    sha256: Hash
    path: str


class Picture(Struct):
    """The result of `images.render`."""

    width: Side
    height: Side
    blurhash: Annotated[str, Meta(pattern="^[!-~]{6,64}$")]
    renditions: Annotated[list[Rendition], Meta(min_length=8, max_length=8)]


class Photo(Struct):
    """The result of the job `photo`: a picture and its look, or only that it is an animated GIF or `slow`."""

    picture: Picture | None = None
    looks: Looks | None = None
    animated: bool = False
    slow: bool = False

    def __post_init__(self) -> None:
        if not self.animated and not self.slow and (self.picture is None or self.looks is None):
            raise ValueError("There is no picture.")


class Rung(Struct):
    """A rendition that can be made: `peak` is in kbit/s."""

    name: RungName
    width: Side
    height: Side
    peak: Annotated[int, Meta(ge=1, le=100_000)]


class Video(Struct):
    """The result of `videos.survey`, without its pictures."""

    width: Side
    height: Side
    duration_ms: Annotated[int, Meta(ge=1, le=MAX_SECONDS * 1000 + 1000)]
    has_audio: bool
    frame_rate: Rate
    rungs: Annotated[list[Rung], Meta(min_length=1, max_length=8)]
    source: dict[str, Any]


class Survey(Struct):
    """The result of the job `survey`."""

    video: Video
    picture: Picture
    looks: Looks


class File(Struct):
    """A file in the folder of the job."""

    path: str
    sha256: Hash
    byte_size: Bytes


class Segment(File):
    """A segment of a track. `duration` is in seconds."""

    duration: Annotated[float, Meta(gt=0, le=60)]


class Track(Struct):
    """A track, from `videos.encode`."""

    name: Annotated[str, Meta(pattern="^([0-9]{1,5}p|audio)$")]
    kind: Literal["video", "audio"]
    codecs: Annotated[str, Meta(pattern="^[A-Za-z0-9.]{1,40}$")]
    width: Side | None
    height: Side | None
    frame_rate: Rate | None
    bandwidth: Bits
    average_bandwidth: Bits
    init: File
    segments: Annotated[list[Segment], Meta(min_length=1, max_length=MAX_SECONDS)]


class Encoded(Struct):
    """The result of the job `encode`."""

    tracks: Annotated[list[Track], Meta(min_length=1, max_length=9)]
