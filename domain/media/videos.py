"""Renditions of an untrusted video, by ffmpeg. Runs in the sandbox only.

All other content of the file (place, camera, names, chapters, other tracks) is dropped: renditions are H.264 and AAC-LC
in fragmented MP4, upright, with square pixels, in standard dynamic range and the colours of BT.709. The same bytes give
the same renditions.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image, ImageStat

from domain.media.ffmpeg import damaged, key_frames, reading, run
from domain.media.hls import bandwidths
from domain.media.sources import Source, look
from domain.media.tone_mapping import beyond, cube
from kit.sandbox import InvalidInputError

GOP_SECONDS, GOPS_IN_SEGMENT = 2, 2
MAX_FRAMES = 16
_FRAME_SIDE = 640
_POSTER_SECONDS = 3
# Mean luma, of 255, below which a poster is black.
_BLACK = 20
# Footage of more pixels than this is sampled by its key frames.
_MUCH = 100_000_000
# Pixels that a machine with other work decodes in a second, and seconds in which it encodes one: what is slower hangs.
_PIXELS_PER_SECOND, _SLOWNESS = 10_000_000, 10
# The tolerated difference between the declared and the actual content of a file: a fraction of it, and seconds.
_TOLERATED = 0.02, 1

_TABLE = "light.cube"
_TAGGED = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
_FILTERS = ("-filter_complex_threads", "2", "-filter_complex")
_JPEG = ("-c:v", "mjpeg", "-q:v", "2", "-bitexact", "-fps_mode", "passthrough", "-f", "image2")
_BARE = ("-map_metadata", "-1", "-map_chapters", "-1", "-bitexact")
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-crf", "23", "-fps_mode", "passthrough")
# One thread each: of two, which look at the bits that the other spends, the same frames come out differently each time.
# hls.js takes frames that are decoded more than 50 ms before they are shown for a hole: B-frames refer to none other.
_STEADY = ("-sc_threshold", "0", "-b-pyramid", "none", "-threads", "1")
_AAC = ("-c:a", "aac", "-b:a", "128k")
_HLS = ("-f", "hls", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4")
# Reordered frames and the encoder's first silence begin before 0, as an edit list says; if they were moved to 0, sound
# and picture would part by some hundredths of a second.
_ON_TIME = ("-avoid_negative_ts", "disabled")


@dataclass(frozen=True)
class Rung:
    """A rendition: the shorter side in pixels, and its maximum bit rate in kbit/s."""

    name: str
    short: int
    peak: int


# Peaks are near what Apple's "HLS Authoring Specification for Apple devices" gives for H.264 of 30 frames a second.
LADDER = (
    Rung("240p", 240, 400),
    Rung("360p", 360, 800),
    Rung("480p", 480, 1400),
    Rung("720p", 720, 3000),
    Rung("1080p", 1080, 6000),
)


def survey(source: Path, content_type: str, into: Path) -> dict[str, Any]:
    """What the video `source` is, what is to be made of it, and pictures out of it, written into the folder `into`.

    Returns `{"width", "height", "duration_ms", "has_audio", "frame_rate", "rungs", "poster", "frames", "source"}`: the
    size in square pixels of the upright picture; the rate of its renditions as "30000/1001"; the renditions, smallest
    first, as `{"name", "width", "height", "peak"}`, peak in kbit/s; the path of a JPEG of an early, telling frame, of
    at most 1920 x 1080 pixels, either way up; the paths of JPEGs of up to 16 frames, at most 640 pixels a side, spread
    over all its time; and what `encode` needs to know. Raises InvalidInputError where it is not a video that can be
    shown, and what `domain.media.ffmpeg.run` does.
    """
    facts = look(source, content_type)
    _prepare(facts, into)
    described = {
        "width": facts.width,
        "height": facts.height,
        "duration_ms": round(facts.seconds * 1000),
        "has_audio": facts.audio is not None,
        "frame_rate": facts.rate,
        "rungs": _rungs(facts.width, facts.height),
        "source": asdict(facts),
    }
    return described | _stills(source, facts, into)


def _prepare(facts: Source, into: Path) -> None:
    """Write the table for tone mapping that `_picture` uses."""
    if beyond(facts.transfer, facts.primaries):
        (into / _TABLE).write_text(cube(facts.transfer, facts.primaries))


def _rungs(width: int, height: int) -> list[dict[str, Any]]:
    """Return the rungs of the ladder that are no larger than the video; its own size if it is smaller than all."""
    short = min(width, height)
    fitting = [rung for rung in LADDER if rung.short <= short] or [Rung(f"{short}p", short, LADDER[0].peak)]
    found: list[dict[str, Any]] = []
    for rung in fitting:
        wide, high = _fitted(width, height, rung.short)
        if not found or (wide, high) != (found[-1]["width"], found[-1]["height"]):
            found.append({"name": rung.name, "width": wide, "height": high, "peak": rung.peak})
    return found


def _fitted(width: int, height: int, short: int, long: int = 1920) -> tuple[int, int]:
    """Return the even size to which a picture shrinks: at most `short` on its shorter side and `long` on the other."""
    scale = min(Fraction(1), Fraction(short, min(width, height)), Fraction(long, max(width, height)))
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def _stills(source: Path, facts: Source, into: Path) -> dict[str, Any]:
    """Write the poster and the frames of `survey`."""
    count = min(MAX_FRAMES, facts.frames, 2 + int(facts.seconds))
    frames = _frames(source, facts, count, into)
    poster = _still(source, facts, into, facts.begins)
    if (light := [_light(frame) for frame in frames]) and max(light) > _BLACK > _light(poster):
        _still(source, facts, into, light.index(max(light)) * facts.seconds / len(frames))
    return {"poster": str(poster), "frames": [str(frame) for frame in frames]}


def _frames(source: Path, facts: Source, count: int, into: Path) -> list[Path]:
    """Write `count` frames at equal distances; for long footage the key frames before these, which are cheap."""
    picture = _picture(facts, *_fitted(facts.width, facts.height, _FRAME_SIDE, _FRAME_SIDE), still=True)
    if facts.demuxer != "gif" and facts.frames * facts.width * facts.height > _MUCH:
        times = [n * facts.seconds / count for n in range(count)]
        if len(key_frames(source, facts.demuxer, facts.video, times)) > count // 2:
            for n, time in enumerate(times, 1):
                to = ("-noaccurate_seek", "-ss", f"{time:.3f}")
                _jpegs(source, facts, picture, into, f"frame{n}.jpg", *to)
            return [into / f"frame{n}.jpg" for n in range(1, count + 1)]
        # So few key frames: all of it has to be decoded.
    rate = count * Fraction(facts.rate) / facts.shown
    _jpegs(source, facts, f"{_rate(rate)},{picture}", into, "frame%d.jpg", count=count)
    return [path for n in range(1, count + 1) if (path := into / f"frame{n}.jpg").exists()]


def _still(source: Path, facts: Source, into: Path, at: float) -> Path:
    """Write the frame that is most like the 3 s from `at` on: none that flashes, fades or is blurred by a cut."""
    picture = _picture(facts, *_fitted(facts.width, facts.height, 1080), still=True)
    some = f"{_rate(4)},{picture},thumbnail={4 * _POSTER_SECONDS}"
    _jpegs(source, facts, some, into, "poster.jpg", "-ss", f"{at:.3f}", "-t", str(_POSTER_SECONDS))
    if not (into / "poster.jpg").exists():
        raise damaged()
    return into / "poster.jpg"


def _jpegs(source: Path, facts: Source, filters: str, into: Path, name: str, *options: str, count: int = 1) -> None:
    """Write `count` frames of the video into a folder, decoded with `options` and filtered by `filters`."""
    chain = [*_FILTERS, f"[0:{facts.video}]{filters}[still]", "-map", "[still]"]
    arguments = [*_reading(source, facts, *options), *chain, *_JPEG, "-frames:v", str(count), f"file:{name}"]
    run(arguments, into, _patience(facts))


def _rate(rate: str | int | Fraction) -> str:
    """The filter that makes a rate constant, from 0 on; a video that is shorter than one frame is a frame."""
    return f"fps={rate}:start_time=0:eof_action=pass"


def _reading(source: Path, facts: Source, *options: str) -> list[str]:
    # Pictures may change their size amid a stream. The filters would restart at 0; these here need not, but those
    # that turn a picture or mend its lines have to.
    same = () if facts.turned or facts.interlaced else ("-reinit_filter", "0")
    return reading(source, facts.demuxer, *same, *options)


def _light(picture: Path) -> float:
    """Mean luma, 0..255."""
    with Image.open(picture) as opened:
        return float(ImageStat.Stat(opened.convert("L")).mean[0])


def _picture(facts: Source, width: int, height: int, *, still: bool = False) -> str:
    """The filters that make of a decoded frame one of this size in the colours of BT.709, or of JPEG for a `still`.

    Light and colours beyond those of a standard screen are brought down after shrinking: it costs more than the rest.
    """
    colours = "out_color_matrix=bt601:out_range=pc" if still else "out_color_matrix=bt709:out_range=tv"
    chain = ["bwdif=mode=send_frame:deint=interlaced"] if facts.interlaced else []
    if facts.matrix:
        chain.append(f"setparams=colorspace={facts.matrix}")
    if beyond(facts.transfer, facts.primaries):
        chain += [f"scale={width}:{height}", "format=gbrp10le", f"lut3d={_TABLE}"]
    chain += [f"scale={width}:{height}:{colours}", f"format={'yuv444p' if still else 'yuv420p'}", "setsar=1"]
    return ",".join(chain)


def encode(
    source: Path,
    survey: dict[str, Any],
    into: Path,
    rungs: Sequence[str],
    tell: Callable[[float], None],
    *,
    audio: bool,
) -> dict[str, Any]:
    """Make the renditions named `rungs`, and where `audio` the sound, decoding the video once; `tell` hears 0..1.

    `survey` is what `survey` gave. Returns `{"tracks": [{"name", "kind", "codecs", "width", "height", "frame_rate",
    "bandwidth", "average_bandwidth", "init", "segments"}]}`: kind is "video" or "audio", bandwidths are in bits per
    second; init is `{"path", "sha256", "byte_size"}` and a segment that and "duration" in seconds. All begin at 0 and
    end together, and those of pictures have the same key frames, every two seconds, whether made by one call or by
    several. Raises InvalidInputError where the file holds less than it says, and what `domain.media.ffmpeg.run` does.
    """
    facts = Source(**survey["source"])
    _prepare(facts, into)
    chosen = [rung for rung in survey["rungs"] if rung["name"] in rungs]
    gop = max(1, round(GOP_SECONDS * Fraction(facts.rate)))
    # In whole microseconds, which is how exact ffmpeg takes it, and never late.
    segment = f"{int(gop * GOPS_IN_SEGMENT / Fraction(facts.rate) * 1_000_000)}us"

    def output(name: str) -> list[str]:
        places = ["-hls_fmp4_init_filename", f"{name}.mp4", "-hls_segment_filename", f"{name}.%05d.m4s"]
        return [*_BARE, *_ON_TIME, *_HLS, "-hls_time", segment, *places, f"file:{name}.m3u8"]

    graph, outputs = [], []
    if chosen:
        largest = _picture(facts, chosen[-1]["width"], chosen[-1]["height"])
        ways = "".join(f"[{rung['name']} in]" for rung in chosen)
        graph.append(f"[0:{facts.video}]{_rate(facts.rate)},{largest},{_TAGGED},split={len(chosen)}{ways}")
    for rung in chosen:
        name, peak = rung["name"], rung["peak"]
        graph.append(f"[{name} in]scale={rung['width']}:{rung['height']}[{name}]")
        bits = ["-maxrate", f"{peak}k", "-bufsize", f"{2 * peak}k", "-g", str(gop), "-keyint_min", str(gop)]
        outputs += ["-map", f"[{name}]", *_H264, *_STEADY, *bits, "-frames:v", str(facts.shown), *output(name)]
    if audio:
        # Left to itself, ffmpeg makes of one channel two that are weaker.
        stereo = "pan=stereo|c0=c0|c1=c0" if facts.channels == 1 else "aformat=channel_layouts=stereo"
        sound = f"aresample=48000:async=1:first_pts=0,{stereo},apad,atrim=end={facts.seconds:.6f}"
        graph.append(f"[0:{facts.audio}]{sound}[audio]")
        outputs += ["-map", "[audio]", *_AAC, *output("audio")]
    arguments = [*_reading(source, facts), *_FILTERS, ";".join(graph), *outputs]
    run(arguments, into, _patience(facts), lambda written: tell(min(1.0, written / facts.seconds)))
    tell(1.0)
    tracks = [_track(into, rung["name"], facts, rung["width"], rung["height"]) for rung in chosen]
    return {"tracks": [*tracks, *([_track(into, "audio", facts)] if audio else [])]}


def _track(into: Path, name: str, facts: Source, width: int | None = None, height: int | None = None) -> dict[str, Any]:
    """What ffmpeg has written of a rendition, by the playlist that it wrote too."""
    playlist = into / f"{name}.m3u8"
    if not playlist.exists():
        raise damaged()
    durations = [
        float(line[8:].rstrip(",")) for line in playlist.read_text().splitlines() if line.startswith("#EXTINF:")
    ]
    segments = [_object(into / f"{name}.{n:05}.m4s") | {"duration": duration} for n, duration in enumerate(durations)]
    lasts = sum(durations)
    if width is not None and lasts < facts.seconds * (1 - _TOLERATED[0]) - _TOLERATED[1]:
        raise InvalidInputError(
            "INVALID", f"The video is incomplete: it ends after {lasts:.0f} of {facts.seconds:.0f} seconds."
        )
    init = into / f"{name}.mp4"
    peak, average = bandwidths(segments)
    return {
        "name": name,
        "kind": "audio" if width is None else "video",
        "codecs": "mp4a.40.2" if width is None else _avc(init.read_bytes()),
        "width": width,
        "height": height,
        "frame_rate": None if width is None else facts.rate,
        "bandwidth": peak,
        "average_bandwidth": average,
        "init": _object(init),
        "segments": segments,
    }


def _avc(init: bytes) -> str:
    """Return the codec name (RFC 6381): profile, constraints and level from the AVCDecoderConfigurationRecord."""
    at = init.index(b"avcC") + 5
    return f"avc1.{init[at : at + 3].hex()}"


def _object(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {
            "path": str(path),
            "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
            "byte_size": path.stat().st_size,
        }


def _patience(facts: Source) -> float:
    """Return the seconds for decoding all frames and making the whole ladder, even on a busy machine."""
    return 120 + facts.frames * facts.width * facts.height / _PIXELS_PER_SECOND + facts.seconds * _SLOWNESS
