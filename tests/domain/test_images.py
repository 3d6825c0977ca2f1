"""Pictures in, renditions out; what is not a picture, or not one to decode, is refused with a sentence."""

import base64
import os
import re
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
import pyvips
from PIL import Image, ImageCms

from domain.media.images import render
from kit.sandbox import Refused, Sandbox, SandboxCrash

RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 180, 20), (20, 20, 220), (255, 255, 255)

# 96 x 64 stored, the left half red and the right half blue, turned by its container to 64 x 96, red above; with EXIF.
HEIC = """
AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAaFtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAAAERA
AAIAAQAAAAABxQABAAAAAAAAAHEAAgAAAAACNgABAAAAAAAAAD4AAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQAC
AABFeGlmAAAAAA5waXRtAAAAAAABAAAA4GlwcnAAAADAaXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAA
AAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoDCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABNjb2xybmNseAABAA0A
BoAAAAAUaXNwZQAAAAAAAABgAAAAQAAAABBwaXhpAAAAAAMICAgAAAAJaXJvdAMAAAAYaXBtYQAAAAAAAAABAAEFgQIDBIUAAAAaaXJlZgAAAAAAAAAO
Y2RzYwACAAEAAQAAALdtZGF0AAAAbSgBrxOAVMiLkX//8FKj/91rPD8HUXgln/0bY+/HZy/8XGvgKtvXTjyURTeJL/0CrPcCpWjq9Jqvkfz6L+E2jx1M
5L/B/7TUYxIxL1REb45EUuKxc+nttbufGsGGe0uAfUqQLS9iT5st0CxAnswAAAAGRXhpZgAATU0AKgAAAAgAAgEOAAIAAAANAAAAJgESAAMAAAABAAYA
AAAAAABzZWNyZXQgcGxhY2UAAA==
"""


def quarters(width: int = 400, height: int = 300, mode: str = "RGB") -> Image.Image:
    """Red, green over blue, white: a picture that tells its orientation and its colours."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(WHITE, (width // 2, height // 2, width, height))
    return picture.convert(mode)


def saved(picture: Image.Image, folder: Path, format: str, **options: Any) -> Path:
    path = folder / "source"
    picture.save(path, format, **options)
    return path


def rendered(source: Path, content_type: str = "image/jpeg") -> dict[str, Any]:
    return render(source, content_type, source.parent)


def corners(result: dict[str, Any], name: str = "LARGE", format: str = "JPEG") -> list[tuple[int, ...]]:
    [found] = [each for each in result["renditions"] if (each["name"], each["format"]) == (name, format)]
    with Image.open(found["path"]) as opened:
        picture = opened.convert("RGB")
    w, h = picture.size
    points = [(w // 4, h // 4), (3 * w // 4, h // 4), (w // 4, 3 * h // 4), (3 * w // 4, 3 * h // 4)]
    return [picture.getpixel(point) for point in points]  # type: ignore[misc]


def assert_near(found: list[tuple[int, ...]], expected: list[tuple[int, ...]], tolerance: int = 14) -> None:
    for one, other in zip(found, expected, strict=True):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) <= tolerance, (found, expected)


def refusal(source: Path, content_type: str = "image/jpeg") -> str:
    with pytest.raises(Refused) as caught:
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


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_upright(tmp_path: Path, orientation: int) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that a camera held so would have made
    upright = quarters(400, 300)
    stored = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    result = rendered(saved(stored, tmp_path, "JPEG", exif=exif, quality=95))
    assert (result["width"], result["height"]) == (400, 300)
    assert_near(corners(result), [RED, GREEN, BLUE, WHITE])
    assert_near(corners(result, "THUMBNAIL", "WEBP"), [RED, GREEN, BLUE, WHITE])


@pytest.mark.parametrize("content_type", ["image/png", "image/webp"])
def test_png_and_webp(tmp_path: Path, content_type: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    options = {"exif": exif} | ({"lossless": True} if content_type == "image/webp" else {})
    stored = quarters().transpose(Image.Transpose.ROTATE_90)
    result = rendered(saved(stored, tmp_path, content_type.removeprefix("image/"), **options), content_type)
    assert (result["width"], result["height"]) == (400, 300)
    assert_near(corners(result), [RED, GREEN, BLUE, WHITE])


def test_heic_comes_upright_and_bare(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(base64.b64decode(HEIC))
    result = rendered(source, "image/heic")
    assert (result["width"], result["height"]) == (64, 96)
    assert_near(corners(result), [(200, 30, 30), (200, 30, 30), (30, 30, 200), (30, 30, 200)], 20)
    assert b"secret" in source.read_bytes()
    assert not any(b"secret" in Path(each["path"]).read_bytes() for each in result["renditions"])
    source.write_bytes(source.read_bytes()[:-100])
    assert refusal(source, "image/heic") == "The HEIC file is damaged or cut short."


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


def test_colour_profiles_are_applied_or_ignored(tmp_path: Path) -> None:
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    result = rendered(saved(quarters(), tmp_path, "JPEG", icc_profile=plain, quality=95))
    assert_near(corners(result), [RED, GREEN, BLUE, WHITE])
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for nonsense in (b"no profile at all" * 20, lab, plain[:200], plain[:128] + bytes(len(plain) - 128)):
        result = rendered(saved(quarters(), tmp_path, "JPEG", icc_profile=nonsense, quality=95))
        assert_near(corners(result), [RED, GREEN, BLUE, WHITE])
    grey = saved(Image.new("L", (99, 99), 60), tmp_path, "JPEG", icc_profile=plain)
    assert_near(corners(rendered(grey)), [(60, 60, 60)] * 4)
    p3 = pyvips.Image.new_from_file(str(saved(quarters(), tmp_path, "PNG"))).icc_transform("p3", input_profile="srgb")
    p3.jpegsave(str(tmp_path / "source"), Q=95)
    assert_near(corners(rendered(tmp_path / "source")), [RED, GREEN, BLUE, WHITE])


def test_no_metadata_remains(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    result = rendered(
        saved(quarters(), tmp_path, "JPEG", exif=exif, comment=b"secret", xmp=b"<secret/>", icc_profile=plain)
    )
    assert (tmp_path / "source").read_bytes().count(b"secret") == 3
    for each in result["renditions"]:
        data = Path(each["path"]).read_bytes()
        assert not any(word in data for word in (b"secret", b"Exif", b"EXIF", b"ICC", b"XMP", b"http"))
        with Image.open(each["path"]) as picture:
            assert not picture.getexif()


def test_other_formats_are_named(tmp_path: Path) -> None:
    source = saved(quarters(), tmp_path, "GIF")
    assert refusal(source) == "The file is a GIF, not a JPEG as was said."
    assert refusal(saved(quarters(), tmp_path, "PNG")) == "The file is a PNG, not a JPEG as was said."
    assert refusal(saved(quarters(), tmp_path, "JPEG"), "image/heic") == "The file is a JPEG, not a HEIC as was said."
    assert refusal(saved(quarters(), tmp_path, "AVIF"), "image/heic") == "The file is an AVIF, not a HEIC as was said."
    source.write_bytes(b"<html>hello</html>")
    assert refusal(source) == "The file is not a picture."
    source.write_bytes(b"")
    assert refusal(source) == "The file is empty."


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kept", [0.05, 0.6, 0.97])
def test_truncated(tmp_path: Path, format: str, kept: float) -> None:
    noise = Image.effect_noise((700, 500), 60).convert("RGB")
    source = saved(noise, tmp_path, format, **({"progressive": True} if kept == 0.6 and format == "JPEG" else {}))
    source.write_bytes(source.read_bytes()[: int(source.stat().st_size * kept)])
    name = "WebP" if format == "WEBP" else format
    assert refusal(source, f"image/{format.lower()}") == f"The {name} file is damaged or cut short."


def test_only_the_beginning_is_a_picture(tmp_path: Path) -> None:
    for start, content_type in ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png")):
        (tmp_path / "source").write_bytes(start + os.urandom(5000))
        assert refusal(tmp_path / "source", content_type).endswith("file is damaged or cut short.")
    (tmp_path / "source").write_bytes(b"\0\0\0\x18ftypheic" + os.urandom(5000))
    assert refusal(tmp_path / "source", "image/heic").endswith("file is damaged or cut short.")


def test_too_large_and_too_small(tmp_path: Path) -> None:
    limits = "at most 100 megapixels and 16,384 pixels a side can be shown."
    started = time.perf_counter()
    message = refusal(png_header(tmp_path, 30_000, 30_000), "image/png")
    assert message == f"The picture is 30,000 x 30,000 pixels; {limits}"
    assert refusal(png_header(tmp_path, 17_000, 20), "image/png").endswith(limits)
    assert refusal(png_header(tmp_path, 10_001, 10_000), "image/png").endswith(limits)
    assert time.perf_counter() - started < 0.2
    small = refusal(saved(quarters(200, 15), tmp_path, "JPEG"))
    assert small == "The picture is 200 x 15 pixels; each side needs at least 16."


def test_animated_webp(tmp_path: Path) -> None:
    source = saved(quarters(), tmp_path, "WEBP", save_all=True, append_images=[Image.new("RGB", (400, 300))])
    assert refusal(source, "image/webp") == "The picture is animated; only still pictures can be posted."


async def test_the_decoder_in_its_sandbox(tmp_path: Path) -> None:
    decoder = Sandbox("domain.media.images", workers=1, timeout=10, memory_bytes=192 * 1024 * 1024, folder=tmp_path)
    try:
        job = {"source": str(tmp_path / "source"), "content_type": "image/png", "into": str(tmp_path)}
        png_header(tmp_path, 30_000, 30_000)
        with pytest.raises(Refused, match="30,000"):
            await decoder.run(job)
        saved(quarters(2000, 1500), tmp_path, "PNG")
        assert (await decoder.run(job))["width"] == 2000
        # Interlaced, it has to be held whole: 270 MB.
        flat = pyvips.Image.black(9_500, 9_500, bands=3).copy(interpretation="srgb")
        flat.pngsave(str(tmp_path / "source"), interlace=True, compression=1)
        with pytest.raises(SandboxCrash):
            await decoder.run(job)
        saved(quarters(), tmp_path, "PNG")
        assert (await decoder.run(job))["width"] == 400
    finally:
        await decoder.close()
