"""Supported file formats: one table for the API, the workers and the decoders. The first bytes identify a file."""

from pathlib import Path

import msgspec

from domain.statuses import MediaKind
from kit.sandbox import InvalidInputError

# The number of bytes at the beginning of a file that `identify` reads.
_BEGINNING = 64


class Format(msgspec.Struct, frozen=True):
    """A format: its name for people, and whether it is a PHOTO or a VIDEO."""

    name: str
    kind: MediaKind


# Formats by the content type that a client sends.
FORMATS = {
    "image/jpeg": Format("JPEG", "PHOTO"),
    "image/png": Format("PNG", "PHOTO"),
    "image/webp": Format("WebP", "PHOTO"),
    "image/heic": Format("HEIC", "PHOTO"),
    "image/heif": Format("HEIF", "PHOTO"),
    "image/avif": Format("AVIF", "PHOTO"),
    "image/gif": Format("GIF", "PHOTO"),
    "video/mp4": Format("MP4", "VIDEO"),
    "video/quicktime": Format("MOV", "VIDEO"),
    "video/webm": Format("WebM or Matroska", "VIDEO"),
    "video/x-matroska": Format("WebM or Matroska", "VIDEO"),
}
# Other content types that browsers, phones and old clients send. Uploads store the type from `FORMATS`.
ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "video/x-m4v": "video/mp4",
    "video/3gpp": "video/mp4",
    "video/3gpp2": "video/mp4",
}

# What is inside an ISO media file (ISO/IEC 14496-12), by any of its brands; the container alone (HEIF) nearly always
# holds HEVC.
_BRANDS = (
    ("AVIF", {b"avif", b"avis"}),
    ("HEIC", {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}),
    ("CR3", {b"crx "}),
    ("MOV", {b"qt  "}),
)
# What a MOV may begin with, where it does not say its brands.
_BOXES_OF_MOV = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
# How the others begin: (offset, bytes there, name). Most are here only to be called by their names.
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
    (0, b"\x1aE\xdf\xa3", "WebM or Matroska"),
    (0, b"OggS", "Ogg"),
    (0, b"FLV", "Flash"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media"),
    (0, b"\0\0\1\xba", "MPEG program stream"),
    (0, b"\0\0\1\xb3", "MPEG-1 or MPEG-2"),
    (0, b"G@", "MPEG transport stream"),
    (0, b"#EXTM3U", "playlist"),
)


class Constraints(msgspec.Struct, frozen=True):
    """Limits of a kind of file: sizes in bytes and pixels. Only videos have a duration."""

    kind: MediaKind
    max_byte_size: int
    max_pixels: int
    max_side: int
    max_duration_ms: int | None

    @property
    def content_types(self) -> tuple[str, ...]:
        """Return the content types that a client can send."""
        return tuple(name for name in (*FORMATS, *ALIASES) if FORMATS[ALIASES.get(name, name)].kind == self.kind)


def canonical(content_type: str) -> str:
    """Return a content type in the form of `FORMATS`, without parameters. Unsupported ones are in lower case."""
    name = content_type.partition(";")[0].strip().lower()
    return ALIASES.get(name, name)


MAX_SECONDS = 3600
PHOTOS = Constraints("PHOTO", 8 * 1024**2, 100_000_000, 65_535, None)
VIDEOS = Constraints("VIDEO", 4 * 1024**3, 8192 * 4320, 8192, MAX_SECONDS * 1000)
OF_KIND = {each.kind: each for each in (PHOTOS, VIDEOS)}


def size(byte_size: int) -> str:
    """Return a limit as text for people."""
    return f"{byte_size // 1024**3} GiB" if byte_size >= 1024**3 else f"{byte_size // 1024**2} MiB"


def identify(source: Path, content_type: str) -> str:
    """Return the name of the format of `source`, a photo or a video by `content_type`. Raises InvalidInputError.

    The bytes decide which photo or video format it is: clients take the type from file names, which are often wrong.
    For a HEIF it is the name of the coded content.
    """
    with source.open("rb") as file:
        start = file.read(_BEGINNING)
    if not start:
        raise InvalidInputError("INVALID", "The file is empty.")
    kind = FORMATS[content_type].kind
    found = _recognised(start)
    if found is None:
        raise InvalidInputError("INVALID", f"The file is not a {kind.lower()}.")
    taken = list(dict.fromkeys(format.name for format in FORMATS.values() if format.kind == kind))
    if found not in taken:
        names = f"{', '.join(taken[:-1])} or {taken[-1]}"
        raise InvalidInputError("INVALID", f"The file is {_a(found)}. Supported formats for a {kind.lower()}: {names}.")
    return found


def _recognised(start: bytes) -> str | None:
    if start.startswith(b"RIFF"):
        return {b"WEBP": "WebP", b"AVI ": "AVI", b"WAVE": "WAV"}.get(start[8:12])
    if start[4:8] == b"ftyp":
        length = min(int.from_bytes(start[:4]), _BEGINNING)
        brands = {start[8:12]} | {start[at : at + 4] for at in range(16, length, 4)}
        return next((name for name, wanted in _BRANDS if brands & wanted), "MP4")
    named = next((name for offset, magic, name in _MAGIC if start.startswith(magic, offset)), None)
    return "MOV" if named is None and start[4:8] in _BOXES_OF_MOV else named


def _a(name: str) -> str:
    return f"an {name}" if name.startswith(("A", "F", "MP", "O", "SVG")) else f"a {name}"
