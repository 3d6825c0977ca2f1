"""What files are taken: one table for the API, the workers and the decoders. What a file is, its first bytes say."""

from pathlib import Path

import msgspec

from kit.sandbox import Refused

# How much of a file `identify` looks at, in bytes.
BEGINNING = 64


class Format(msgspec.Struct, frozen=True):
    """What people call it, whether it is a PHOTO or a VIDEO, and the ending of the original that is kept."""

    name: str
    kind: str
    extension: str


# By the content type that a client says.
FORMATS = {
    "image/jpeg": Format("JPEG", "PHOTO", "jpg"),
    "image/png": Format("PNG", "PHOTO", "png"),
    "image/webp": Format("WebP", "PHOTO", "webp"),
    "image/heic": Format("HEIC", "PHOTO", "heic"),
    "image/heif": Format("HEIF", "PHOTO", "heif"),
    "image/avif": Format("AVIF", "PHOTO", "avif"),
    "image/gif": Format("GIF", "PHOTO", "gif"),
    "video/mp4": Format("MP4", "VIDEO", "mp4"),
    "video/quicktime": Format("QuickTime", "VIDEO", "mov"),
}

# Image formats inside ISO media files, by any of their brands; the container alone (HEIF) nearly always holds HEVC.
_BRANDS = (
    ("AVIF", {b"avif", b"avis"}),
    ("HEIC", {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}),
)
# How the others begin: (offset, bytes there, name). Some are here only to be called by their names.
_MAGIC = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"%PDF", "PDF"),
    (0, b"<svg", "SVG"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL ", "JPEG XL"),
    (4, b"ftyp", "video"),
    (0, b"\x1aE\xdf\xa3", "video"),
)


class Constraints(msgspec.Struct, frozen=True):
    """What files of a kind are taken: sizes in bytes and pixels; only videos last."""

    kind: str
    max_byte_size: int
    max_pixels: int
    max_side: int
    max_duration_ms: int | None

    @property
    def content_types(self) -> tuple[str, ...]:
        """What a client may say that they are."""
        return tuple(content_type for content_type, format in FORMATS.items() if format.kind == self.kind)


PHOTOS = Constraints("PHOTO", 8 * 1024**2, 100_000_000, 65_535, None)
VIDEOS = Constraints("VIDEO", 4 * 1024**3, 8192 * 4320, 8192, 60 * 60 * 1000)
OF_KIND = {each.kind: each for each in (PHOTOS, VIDEOS)}


def size(byte_size: int) -> str:
    """A limit as people say it."""
    return f"{byte_size // 1024**3} GiB" if byte_size >= 1024**3 else f"{byte_size // 1024**2} MiB"


def identify(source: Path, content_type: str) -> str:
    """The name of the format of `source`, which must be what `content_type` says. Raises Refused.

    For image/heif it is HEIC or AVIF: the container may hold either.
    """
    with source.open("rb") as file:
        start = file.read(BEGINNING)
    if not start:
        raise Refused("INVALID", "The file is empty.")
    said = FORMATS[content_type]
    found = _recognised(start)
    if found is None:
        raise Refused("INVALID", f"The file is not a {'picture' if said.kind == 'PHOTO' else 'video'}.")
    if found != said.name and not (said.name == "HEIF" and found in ("HEIC", "AVIF")):
        raise Refused("INVALID", f"The file is {_a(found)}, not {_a(said.name)} as was said.")
    return found


def _recognised(start: bytes) -> str | None:
    if start.startswith(b"RIFF"):
        return {b"WEBP": "WebP", b"AVI ": "video", b"WAVE": "sound"}.get(start[8:12])
    if start[4:8] == b"ftyp":
        length = min(int.from_bytes(start[:4]), BEGINNING)
        brands = {start[8:12]} | {start[at : at + 4] for at in range(16, length, 4)}
        for name, wanted in _BRANDS:
            if brands & wanted:
                return name
    return next((name for offset, magic, name in _MAGIC if start.startswith(magic, offset)), None)


def _a(name: str) -> str:
    return f"an {name}" if name in ("AVIF", "MP4", "SVG") else f"a {name}"
