"""A photo to its eight renditions, ours and by others who do the same work. Run in a sandbox by `bench.media`."""

import io
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyvips
from PIL import Image, ImageCms, ImageOps

from domain.media.images import SIZES, render
from kit.sandbox import Tell, serve


def ours(source: Path, into: Path) -> None:
    """With checks of what the file is, budgets, hashes of all files and a blurhash."""
    render(source, "image/jpeg", into)


def libvips(source: Path, into: Path) -> None:
    """Nothing else; the smaller ones out of the largest, colours converted only where there is a profile."""
    large, *_ = SIZES.values()
    profiled = pyvips.Image.new_from_file(str(source)).get_typeof("icc-profile-data")
    colours = {"export_profile": "srgb"} if profiled else {}
    picture = pyvips.Image.thumbnail(str(source), large.side, height=large.side, size="down", **colours).copy_memory()
    for name, size in SIZES.items():
        shown = picture.thumbnail_image(size.side, height=size.side, size="down").copy_memory()
        shown.jpegsave(
            str(into / f"{name}.jpg"), Q=size.jpeg_quality, interlace=True, optimize_coding=True, keep="none"
        )
        shown.webpsave(str(into / f"{name}.webp"), Q=size.webp_quality, keep="none")


def pillow(source: Path, into: Path) -> None:
    """As one does it there; a JPEG is decoded at half its size or less, where that is enough."""
    large, *_ = SIZES.values()
    with Image.open(source) as opened:
        profile = opened.info.get("icc_profile")
        opened.draft("RGB", (2 * large.side, 2 * large.side))
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    picture.thumbnail((large.side, large.side), Image.Resampling.LANCZOS)
    if profile:
        srgb = ImageCms.createProfile("sRGB")
        picture = ImageCms.profileToProfile(picture, ImageCms.getOpenProfile(io.BytesIO(profile)), srgb) or picture
    for name, size in SIZES.items():
        shown = picture.copy()
        shown.thumbnail((size.side, size.side), Image.Resampling.LANCZOS)
        shown.info.clear()
        shown.save(into / f"{name}.jpg", quality=size.jpeg_quality, progressive=True, optimize=True)
        shown.save(into / f"{name}.webp", quality=size.webp_quality)


RIVALS: dict[str, Callable[[Path, Path], None]] = {each.__name__: each for each in (ours, libvips, pillow)}


def handle(job: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Seconds of processor and of wall that the rival took for the photo, and the MB it has held at most, ever."""
    began, began_wall = time.process_time(), time.perf_counter()
    RIVALS[job["rival"]](Path(job["source"]), Path(job["into"]))
    seconds, wall = time.process_time() - began, time.perf_counter() - began_wall
    return {"seconds": seconds, "wall": wall, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    serve(handle)
