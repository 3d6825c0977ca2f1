"""Renditions of an untrusted picture. Runs in the sandbox only: `domain.media.images`.

All other content of the file (EXIF, GPS, XMP, comments, colour profiles) is dropped: renditions are sRGB pixels,
upright.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pi_heif
import pyvips
from blurhash_rs import blurhash_encode
from PIL import Image

from domain.media.filters import filtered
from domain.media.formats import PHOTOS, identify
from kit.sandbox import InvalidInputError


class Size(NamedTuple):
    """A rendition: its longer side in pixels, initial qualities, and the maximum bytes in either format.

    Photographs stay far below these. Pure noise does not, and is saved with lower and lower quality until it does.
    """

    side: int
    jpeg_quality: int
    webp_quality: int
    budget: int


# Largest first.
SIZES = {
    "LARGE": Size(1080, 85, 80, 600_000),
    "MEDIUM": Size(640, 80, 75, 220_000),
    "SMALL": Size(320, 75, 70, 56_000),
    "THUMBNAIL": Size(150, 70, 65, 14_000),
}
_LARGE = SIZES["LARGE"].side
_QUALITY_STEP, _LEAST_QUALITY = 10, 10

# Chunks of a WebP before its second frame; more are taken for an animation.
_MAX_CHUNKS = 100
# "unable to copy to memory" is libvips' error for every failure of decoding.
_MEMORY = re.compile("(out of|insufficient) memory|memory allocation|bad_alloc", re.IGNORECASE)

# Major brands of image sequences (ISO/IEC 23008-12), which need not contain a still picture.
_SEQUENCES = (b"msf1", b"hevc", b"hevx")
_HEIF_ERRORS = (ValueError, RuntimeError, EOFError, SyntaxError, OSError, IndexError)

# The pool runs one job at a time, and no two jobs share a picture.
pyvips.concurrency_set(1)
pyvips.cache_set_max(0)
# Of all that libvips can read it reads what is taken here; HEIC it cannot.
pyvips.operation_block_set("VipsForeignLoad", True)
for loader in ("Jpeg", "Png", "Webp", "Nsgif", "Heif"):
    pyvips.operation_block_set(f"VipsForeignLoad{loader}", False)
pi_heif.options.DECODE_THREADS = 1
pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
logging.getLogger("pyvips").setLevel(logging.ERROR)


def render(source: Path, content_type: str, into: Path, filter: str | None = None) -> dict[str, Any]:
    """Write the renditions of the picture `source`, as `filter` (see `filters`) shows it, into the folder `into`.

    Returns `{"width", "height", "blurhash", "renditions": [{"name", "format", "width", "height", "byte_size", "sha256",
    "path"}, ...]}`: sizes in pixels of the upright picture, the SHA-256 (hex) of each rendition, and for each of LARGE,
    MEDIUM, SMALL, THUMBNAIL one JPEG and one WEBP, never enlarged. Of a GIF it is the first frame. Raises
    InvalidInputError where the file is not a picture that can be shown; MemoryError where it takes more than the limit.
    """
    found = identify(source, content_type)
    try:
        width, height, large = _heic(source) if found == "HEIC" else _picture(source, found)
    except pyvips.Error as error:
        _check_memory(error)
        raise _refused(f"The {found} file is damaged or incomplete. Send it again.") from error
    large = filtered(large, filter)
    renditions = []
    for name, size in SIZES.items():
        picture = large.thumbnail_image(size.side, height=size.side, size="down").copy_memory()
        jpeg, webp = into / f"{name}.jpg", into / f"{name}.webp"
        _save(partial(picture.jpegsave, interlace=True, optimize_coding=True), jpeg, size.jpeg_quality, size.budget)
        _save(picture.webpsave, webp, size.webp_quality, size.budget)
        for format, path in (("JPEG", jpeg), ("WEBP", webp)):
            shape = {"width": picture.width, "height": picture.height, "byte_size": path.stat().st_size}
            renditions.append({"name": name, "format": format, **shape, "sha256": _sha256(path), "path": str(path)})
    return {
        "width": width,
        "height": height,
        "blurhash": _blurhash(large),
        "renditions": renditions,
    }


def pixel_count(source: Path, content_type: str) -> int:
    """The pixel count in the header of the picture; 0 if it cannot be read. Raises InvalidInputError."""
    found = identify(source, content_type)
    try:
        if found == "HEIC":
            width, height = _primary(source, found).size
        else:
            header = pyvips.Image.new_from_file(str(source), access="sequential")
            width, height = header.width, header.height
    except pyvips.Error:
        return 0  # `render` says why
    return int(width) * int(height)


def is_animated(source: Path, content_type: str) -> bool:
    """Whether it is a GIF of more than one frame, which is shown as a video. Raises InvalidInputError."""
    if identify(source, content_type) != "GIF":
        return False
    try:
        # Its `get_n_pages` says 1 of more than ten thousand.
        return bool(pyvips.Image.new_from_file(str(source)).get("n-pages") > 1)
    except pyvips.Error as error:
        raise _refused("The GIF file is damaged or incomplete. Send it again.") from error


def _picture(source: Path, found: str) -> tuple[int, int, pyvips.Image]:
    """Width and height of the upright picture that libvips can read, and its LARGE rendition in memory."""
    if (found == "WebP" and _webp_moves(source)) or (found == "AVIF" and _avif_moves(source)):
        raise _animated(found)
    if found == "JPEG":
        return _jpeg(source)
    return _decoded(source, found, "truncated")


def _jpeg(source: Path) -> tuple[int, int, pyvips.Image]:
    """The same of a JPEG. Some cameras leave out its last two bytes, the end marker.

    With that added, libjpeg warns only where rows are missing.
    """
    try:
        return _decoded(source, "JPEG", "truncated")
    except pyvips.Error as error:
        _check_memory(error)
        ended = source.with_name("ended.jpg")
        ended.write_bytes(source.read_bytes() + b"\xff\xd9")
        return _decoded(ended, "JPEG", "warning")


def _decoded(source: Path, found: str, fail_on: str) -> tuple[int, int, pyvips.Image]:
    header = pyvips.Image.new_from_file(str(source), access="sequential", fail_on=fail_on)
    _check_size(header.width, header.height)
    options = {"height": _LARGE, "size": "down"}
    if found == "AVIF":
        # By its name it might be made from a preview that lies in the file, which may show something else.
        large = _flat(
            header.thumbnail_image(_LARGE, **options, **_to_srgb(header, in_p3=_in_p3(_primary(source, found))))
        )
    else:
        large = _flat(pyvips.Image.thumbnail(str(source), _LARGE, fail_on=fail_on, **options, **_to_srgb(header)))
    turned = header.get_typeof("orientation") and header.get("orientation") in (5, 6, 7, 8)
    return (header.height, header.width, large) if turned else (header.width, header.height, large)


def _webp_moves(source: Path) -> bool:
    """Whether its first chunk says so (https://developers.google.com/speed/webp/docs/riff_container), and there are two
    frames: libwebp walks through all of them before it tells, and that takes a minute for a hundred thousand.
    """
    with source.open("rb") as file:
        start = file.read(21)
        if start[12:16] != b"VP8X" or not start[-1] & 2:
            return False
        at, frames = 12, 0
        for _ in range(_MAX_CHUNKS):
            file.seek(at)
            head = file.read(8)
            frames += head[:4] == b"ANMF"
            if frames > 1 or len(head) < 8:
                return frames > 1
            length = int.from_bytes(head[4:], "little")
            at += 8 + length + length % 2
    return True


def _avif_moves(source: Path) -> bool:
    """By its major brand: a sequence may show a picture besides, and says so by another one."""
    return _major_brand(source) == b"avis"


def _major_brand(source: Path) -> bytes:
    with source.open("rb") as file:
        return file.read(12)[8:]


def _heic(source: Path) -> tuple[int, int, pyvips.Image]:
    """The same of a HEIC, which libvips cannot read. Of several pictures it is the primary one; it comes upright."""
    picture = _primary(source, "HEIC")
    width, height = int(picture.size[0]), int(picture.size[1])
    mode = str(picture.mode)
    _check_size(width, height)
    try:
        pixels = pyvips.Image.new_from_memory(picture.data, width, height, len(mode), "uchar")
    except _HEIF_ERRORS as error:
        _check_memory(error)
        raise _refused("The HEIC file is damaged or incomplete. Send it again.") from error
    pixels = pixels.copy(interpretation="b-w" if len(mode) < 3 else "srgb")
    if mode.endswith("a"):
        pixels = pixels.unpremultiply().cast("uchar")
    if profile := picture.info.get("icc_profile"):
        pixels.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    options = _to_srgb(pixels, in_p3=_in_p3(picture))
    return width, height, _flat(pixels.thumbnail_image(_LARGE, height=_LARGE, size="down", **options))


def _primary(source: Path, found: str) -> pi_heif.HeifImage:
    """What the boxes of a HEIC or AVIF say of its picture. Raises InvalidInputError."""
    try:
        file = pi_heif.open_heif(source)
        return file[file.primary_index]
    except _HEIF_ERRORS as error:
        _check_memory(error)
        if _major_brand(source) in _SEQUENCES:
            raise _animated(found) from error
        raise _refused(f"The {found} file is damaged or incomplete. Send it again.") from error


def _in_p3(picture: pi_heif.HeifImage) -> bool:
    """Whether a HEIC or AVIF says by a number that its colours are those of Display P3 (ITU-T H.273, table 2)."""
    return bool(picture.info.get("nclx_profile", {}).get("color_primaries") == 12)


def _flat(picture: pyvips.Image) -> pyvips.Image:
    """`picture` as three bands of sRGB on white, in memory: every pixel has been decoded when this returns."""
    picture = picture.colourspace("srgb")
    if picture.hasalpha():
        picture = picture.flatten(background=[255, 255, 255])
    return picture.cast("uchar").copy_memory()


def _to_srgb(header: pyvips.Image, *, in_p3: bool = False) -> dict[str, str]:
    """What has a thumbnail converted to sRGB: only where a profile, or `in_p3`, says from what, or for inks.

    Given without need it takes as long as all the rest together; given with a profile that is broken or meant for
    other pixels it shifts the colours.
    """
    profile = header.get("icc-profile-data") if header.get_typeof("icc-profile-data") else b""
    space = {"srgb": b"RGB ", "rgb16": b"RGB ", "b-w": b"GRAY", "grey16": b"GRAY"}.get(header.interpretation)
    usable = int.from_bytes(profile[:4]) == len(profile) > 128 and profile[16:20] == space and profile[36:40] == b"acsp"
    if in_p3 and not profile:
        return {"import_profile": "p3", "export_profile": "srgb"}
    return {"export_profile": "srgb"} if usable or header.interpretation == "cmyk" else {}


def _check_size(width: int, height: int) -> None:
    size = f"The photo has {width:,} x {height:,} pixels"
    if width * height > PHOTOS.max_pixels or max(width, height) > PHOTOS.max_side:
        raise _refused(
            f"{size} (limit: {PHOTOS.max_pixels // 1_000_000} megapixels, and {PHOTOS.max_side:,} pixels on each side)."
        )


def _check_memory(error: Exception) -> None:
    if _MEMORY.search(str(error)):
        raise MemoryError(str(error)) from error


def _save(write: Callable[..., None], path: Path, quality: int, budget: int) -> None:
    """Write to `path` in the best quality, from `quality` down, that takes at most `budget` bytes.

    The least is kept whatever it takes: noise of which each colour of each pixel is all or nothing, the most that there
    is to encode, then fits in all sizes and both formats (531,730 of 600,000 bytes is the nearest to a budget).
    """
    for attempt in range(quality, _LEAST_QUALITY - 1, -_QUALITY_STEP):
        write(str(path), Q=attempt, keep="none")
        if path.stat().st_size <= budget:
            return


def _blurhash(picture: pyvips.Image) -> str:
    tiny = picture.thumbnail_image(32, height=32, size="down")
    return blurhash_encode(Image.frombytes("RGB", (tiny.width, tiny.height), bytes(tiny.write_to_memory())), 4, 3)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _animated(found: str) -> InvalidInputError:
    return _refused(f"Animated {found} files are not supported. Send the file as a GIF or a video.")


def _refused(message: str) -> InvalidInputError:
    return InvalidInputError("INVALID", message)
