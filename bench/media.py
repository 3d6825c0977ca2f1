"""Photos: what a 12-megapixel JPEG costs us on its way to eight renditions, over what it costs others.

`python -m bench.media [--rounds N]`: each does the photo in turns, in a process of its own, in the same sandbox. The
photo is a real one, repeated to that size.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import pyvips

from bench.photos import RIVALS
from kit.sandbox import Sandbox

AIM = 0.9
_WIDTH, _HEIGHT = 4032, 3024
_MB = 1 << 20

# Of each round: processor seconds, and seconds of waiting for the answer beside the work.
Rounds = list[tuple[float, float]]


def photographs(folder: Path) -> Mapping[str, Path]:
    """The photo in sRGB, and as phones have it, with the profile of a wider space."""
    small = pyvips.Image.new_from_file(str(files("pilgram2").joinpath("tests/assets/mtjimba.jpg")))
    tile = small.join(small.fliphor(), "horizontal")
    tile = tile.join(tile.flipver(), "vertical")
    photo = tile.replicate(-(-_WIDTH // tile.width), -(-_HEIGHT // tile.height)).crop(0, 0, _WIDTH, _HEIGHT)
    made = {"sRGB": folder / "srgb.jpg", "Display P3": folder / "p3.jpg"}
    photo.jpegsave(str(made["sRGB"]), Q=92, keep="none")
    photo.icc_transform("p3", input_profile="srgb").jpegsave(str(made["Display P3"]), Q=92)
    return made


async def measure(folder: Path, source: Path, rounds: int) -> tuple[dict[str, Rounds], dict[str, float]]:
    """What each rival took in each round, and its peak memory in MB."""
    took: dict[str, Rounds] = {name: [] for name in RIVALS}
    peaks: dict[str, float] = {}
    sandboxes = {
        name: Sandbox("bench.photos", workers=1, timeout=60, memory_bytes=1536 * _MB, folder=folder) for name in RIVALS
    }
    for _ in range(rounds + 1):
        for name, sandbox in sandboxes.items():
            began = time.perf_counter()
            answer = await sandbox.run({"rival": name, "source": str(source), "into": str(folder)})
            took[name].append((answer["seconds"], time.perf_counter() - began - answer["wall"]))
            peaks[name] = answer["peak"]
    for sandbox in sandboxes.values():
        await sandbox.close()
    # In the first they load their libraries.
    return {name: found[1:] for name, found in took.items()}, peaks


def report(space: str, took: Mapping[str, Rounds], peaks: Mapping[str, float]) -> None:
    """Print it."""
    mine = [seconds for seconds, _ in took["ours"]]
    print(f"\n{_WIDTH} x {_HEIGHT} JPEG in {space} to eight renditions")
    for name, found in took.items():
        ratios = sorted(theirs / own for (theirs, _), own in zip(found, mine, strict=True))
        seconds = statistics.median(seconds for seconds, _ in found)
        aim = f"aim {AIM:g}: {'reached' if statistics.median(ratios) >= AIM else 'MISSED'}" if name == "libvips" else ""
        spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(
            f"  {name:<8}{1 / seconds:5.1f} photos a second and core, {peaks[name]:4.0f} MB; ours / it {spread} {aim}"
        )
    print(f"  the sandbox adds {statistics.median(waited for _, waited in took['ours']) * 1000:.2f} ms to a photo")


async def main(rounds: int) -> None:
    """All of it."""
    with tempfile.TemporaryDirectory() as name:
        for space, source in photographs(Path(name)).items():
            report(space, *await measure(Path(name), source, rounds))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    asyncio.run(main(parser.parse_args().rounds))
