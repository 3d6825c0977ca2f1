"""Properties of a video file by its own metadata, as far as that is plausible. Unsupported videos are rejected here."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from domain.media.ffmpeg import PICTURES, SOUNDS, packet_times, probe
from domain.media.formats import MAX_SECONDS, VIDEOS, identify
from kit.sandbox import InvalidInputError

MAX_FRAMES = MAX_SECONDS * 60
MAX_GIF_FRAMES = 10_000
MAX_OWN_RATE = 1000  # frames per second: phones film up to 960
MIN_SIDE = 16
MAX_RATE, MIN_RATE = Fraction(30), Fraction(10)  # frames per second

_DEMUXERS = {"GIF": "gif", "WebM or Matroska": "matroska"}
# What is said beyond it and is twice the average is the resolution of a clock.
_PLAUSIBLE_RATE = 60
_COMMON_RATES = (Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30))
# The first bytes of a Matroska file, which contain its header and the size of its segment.
_BEGINNING = 1024
_BOXES_OF_WEIGHT = (b"moov", b"mdat", b"moof")
# Twice as many as an hour has frames.
_MAX_BOXES = 2 * MAX_FRAMES
# The colour matrices that the scaler supports.
_MATRICES = ("bt709", "smpte170m", "bt470bg", "smpte240m", "fcc", "bt2020nc", "gbr")
_CODECS = {
    "av1": "AV1",
    "mpeg4": "MPEG-4 Part 2",
    "h263": "H.263",
    "mjpeg": "Motion JPEG",
    "prores": "ProRes",
    "dvvideo": "DV",
    "rawvideo": "not compressed",
}


@dataclass(frozen=True)
class Source:
    """A video that can be shown: plain values, so that it travels as JSON.

    `video` and `audio` are the numbers of its tracks, `channels` those of its sound; `width` and `height` are of the
    upright picture in square pixels, which `begins` so many seconds after the first of all tracks; `rate`
    ("30000/1001") and `shown` are the rate and the number of the frames of its renditions, which begin with that track,
    `frames` how many it has itself; what is `turned` is stored in another way than it is shown; `matrix` is the meaning
    of its colours where it says none; `transfer` and `primaries` are what it says of its light.
    """

    demuxer: str
    video: int
    audio: int | None
    channels: int
    width: int
    height: int
    begins: float
    rate: str
    shown: int
    frames: int
    interlaced: bool
    turned: bool
    matrix: str | None
    transfer: str | None
    primaries: str | None

    @property
    def seconds(self) -> float:
        """The duration of its renditions."""
        return float(self.shown / Fraction(self.rate))


def look(source: Path, content_type: str) -> Source:
    """Return the properties of the file. Raises InvalidInputError if it is not a supported video."""
    demuxer = _DEMUXERS.get(identify(source, content_type), "mov")
    if not _whole(source, demuxer):
        raise InvalidInputError("INVALID", "The video is incomplete: a part of the file is missing. Send it again.")
    facts = probe(source, demuxer)
    video, audio = _tracks(facts["streams"])
    if demuxer == "matroska":
        _count(source, video)
    width, height = _size(video)
    begins = max(Fraction(0), _number(video.get("start_time"), 0) - _number(facts["format"].get("start_time"), 0))
    seconds = begins + _number(video.get("duration") or facts["format"].get("duration"), 0)
    rate, own_rate = _rates(video)
    frames = int(_number(video.get("nb_frames"), seconds * own_rate))
    if seconds > MAX_SECONDS:
        length = f"{seconds // 3600}:{seconds // 60 % 60:02d}:{int(seconds) % 60:02d}"
        raise InvalidInputError("INVALID", f"The video is too long: {length} (limit: {MAX_SECONDS // 60} minutes).")
    if own_rate > MAX_OWN_RATE:
        rates = f"The video has too many frames per second: {float(own_rate):,.0f} (limit: {MAX_OWN_RATE:,})."
        raise InvalidInputError("INVALID", rates)
    most = MAX_GIF_FRAMES if demuxer == "gif" else MAX_FRAMES
    if frames > most:
        raise InvalidInputError("INVALID", f"The video has too many frames: {frames:,} (limit: {most:,}).")
    return Source(
        demuxer=demuxer,
        video=video["index"],
        audio=audio["index"] if audio is not None else None,
        channels=int(audio.get("channels", 0)) if audio is not None else 0,
        width=width,
        height=height,
        begins=float(begins),
        rate=f"{rate.numerator}/{rate.denominator}",
        shown=max(1, round(seconds * rate)),
        frames=max(1, frames),
        interlaced=video.get("field_order") in ("tt", "bb", "tb", "bt"),
        turned=any("displaymatrix" in side for side in video.get("side_data_list", [])),
        matrix=None if video.get("color_space") in _MATRICES else _supposed(width, height),
        transfer=video.get("color_transfer"),
        primaries=video.get("color_primaries"),
    )


def _count(source: Path, video: dict[str, Any]) -> None:
    """Set the number, rate and duration of the frames, which Matroska may omit.

    Recordings of browsers omit them, and give the resolution of their clock as the rate.
    """
    times = sorted(packet_times(source, "matroska", video["index"], MAX_FRAMES + 1))
    gaps = sorted(late - early for early, late in pairwise(times) if late > early)
    if gaps:
        average = len(gaps) / Fraction(sum(gaps)).limit_denominator(1000)
        said = _fraction(video.get("r_frame_rate"))
        if said is None or (said > 2 * average and said > _PLAUSIBLE_RATE):
            said = 1 / Fraction(gaps[len(gaps) // 20]).limit_denominator(1000)
        video["r_frame_rate"], video["avg_frame_rate"] = (f"{n.numerator}/{n.denominator}" for n in (said, average))
        video.setdefault("duration", f"{times[-1] - times[0] + float(1 / average):.6f}")
    video["nb_frames"] = str(len(times))


def _supposed(width: int, height: int) -> str:
    """Return the colour matrix that players assume if none is declared."""
    return "bt709" if min(width, height) >= 720 else "smpte170m"


def _whole(source: Path, demuxer: str) -> bool:
    """Return whether the file is complete by the lengths that it declares. True for formats that declare none."""
    return {"mov": _ends_with_its_boxes, "matroska": _ends_with_its_segment}.get(demuxer, lambda _: True)(source)


def _ends_with_its_segment(source: Path) -> bool:
    """Return whether the segment of a Matroska file ends within it (RFC 8794, section 4), if it declares its end."""
    with source.open("rb") as file:
        start = file.read(_BEGINNING)
    ends = 0
    for element in (b"\x1aE\xdf\xa3", b"\x18S\x80g"):
        if start[ends : ends + 4] != element:
            return True
        digits = 9 - start[ends + 4].bit_length() if start[ends + 4 : ends + 5] else 9
        length = int.from_bytes(start[ends + 4 : ends + 4 + digits]) & (1 << 7 * digits) - 1
        if digits > 8 or length == (1 << 7 * digits) - 1:
            return True
        ends += 4 + digits + length
    return ends <= source.stat().st_size


def _ends_with_its_boxes(source: Path) -> bool:
    """Return whether every essential box ends within the file. Some cameras leave garbage after the last box."""
    size = source.stat().st_size
    at = 0
    with source.open("rb") as file:
        for _ in range(_MAX_BOXES):
            length, kind = _box(file, at, size)
            if length < 8:
                break
            if at + length > size and kind in _BOXES_OF_WEIGHT:
                return False
            at += length
    return True


def _box(file: BinaryIO, at: int, size: int) -> tuple[int, bytes]:
    """Return length and type of the box at `at` (ISO/IEC 14496-12, section 4.2); length 0 extends to the end.

    After the end, boxes have length 0.
    """
    file.seek(at)
    head = file.read(16)
    length = int.from_bytes(head[:4])
    if length == 1:
        length = int.from_bytes(head[8:])
    return length or max(0, size - at), head[4:8]


def _tracks(streams: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the video track and the audio track that are kept; all others, including cover pictures, are dropped."""
    pictures = [
        stream
        for stream in streams
        if stream.get("codec_type") == "video" and not stream["disposition"]["attached_pic"]
    ]
    sounds = [
        stream for stream in streams if stream.get("codec_type") == "audio" and _number(stream.get("nb_frames"), 1)
    ]
    if not pictures:
        raise InvalidInputError(
            "INVALID", "The file has an audio track but no video track." if sounds else "The file has no video track."
        )
    video = _first([stream for stream in pictures if stream.get("codec_name") in PICTURES])
    if video is None:
        raise InvalidInputError(
            "INVALID", f"The video is {_codec(pictures[0])}. Supported codecs: H.264, HEVC, VP8 and VP9."
        )
    # Without a sound that can be decoded, the video is shown without one: `hasAudio` tells its owner.
    return video, _first([stream for stream in sounds if stream.get("codec_name") in SOUNDS])


def _first(streams: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the track that the file itself puts first."""
    return max(streams, key=lambda stream: int(stream["disposition"]["default"]), default=None)


def _size(video: dict[str, Any]) -> tuple[int, int]:
    """Width and height of the upright picture in square pixels: too narrow pixels are widened, none is lost."""
    width, height = int(video.get("width", 0)), int(video.get("height", 0))
    sides = video.get("side_data_list", [])
    if any(side.get("dv_bl_signal_compatibility_id") == 0 for side in sides):
        raise InvalidInputError(
            "INVALID", "Dolby Vision profile 5 is not supported, because it has no colors for other screens."
        )
    size = f"The video has {width:,} x {height:,} pixels"
    if width * height > VIDEOS.max_pixels or max(width, height) > VIDEOS.max_side:
        most = f"{VIDEOS.max_side:,} x {VIDEOS.max_pixels // VIDEOS.max_side:,}"
        raise InvalidInputError("INVALID", f"{size} (limit: {most}).")
    if min(width, height) < MIN_SIDE:
        raise InvalidInputError("INVALID", f"{size}. Each side must have at least {MIN_SIDE}.")
    pixel = _fraction(video.get("sample_aspect_ratio", "").replace(":", "/")) or Fraction(1)
    if not Fraction(1, 4) <= pixel <= 4:
        pixel = Fraction(1)
    width, height = (round(width * pixel), height) if pixel > 1 else (width, round(height / pixel))
    turned = any(round(float(side.get("rotation", 0))) % 180 == 90 for side in sides)
    return (height, width) if turned else (width, height)


def _rates(video: dict[str, Any]) -> tuple[Fraction, Fraction]:
    """The constant rate of the renditions, and the rate of the source on average.

    A rate beyond 30 is divided by what brings it near, so that 50 is 25 and none of its frames is shown longer than
    others. Where the rate varies, it is what the shortest frames ask for. Clocks of cameras are a little off: what is
    within half a percent of a common rate is that.
    """
    finest, average = _fraction(video.get("r_frame_rate")), _fraction(video.get("avg_frame_rate"))
    average = average or finest or MAX_RATE
    finest = finest or average
    if finest > MAX_RATE:
        steady = finest <= average * Fraction(102, 100)
        finest = min(MAX_RATE, finest / max(1, round(finest / MAX_RATE))) if steady else MAX_RATE
    common = min(_COMMON_RATES, key=lambda rate: abs(rate - finest))
    rate = common if abs(common - finest) < common / 200 else finest
    return max(rate, MIN_RATE).limit_denominator(1001), average


def _number(text: str | None, otherwise: Fraction | int) -> Fraction:
    """Parse a decimal number of ffprobe, which omits unknown values or writes "N/A"."""
    return Fraction(text) if text and text != "N/A" else Fraction(otherwise)


def _fraction(text: str | None) -> Fraction | None:
    """Parse a ratio of ffprobe; None if it is unknown, or not a ratio."""
    if not text:
        return None
    above, _, below = text.partition("/")
    return Fraction(int(above), int(below)) if int(above) > 0 and int(below) > 0 else None


def _codec(stream: dict[str, Any]) -> str:
    name = str(stream.get("codec_name", ""))
    return f"encoded as {_CODECS.get(name, name.upper())}" if name else "encoded with an unknown codec"
