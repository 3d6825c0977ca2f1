"""Every format that is taken comes out right side up, in the right colours, and with nothing else of what it held."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms

from domain.media.formats import PHOTOS, canonical
from domain.media.images import render
from tests.media.colours import SPACES, Space, chart, off
from tests.media.heif import TURNS, avif, heic, heic_grid
from tests.media.images import BLUE, GREEN, RED, WHITE, assert_near, corners, quarters

# By the content type: a file of the picture, with this profile and this EXIF in it.
Writer = Callable[[Image.Image, bytes, Image.Exif], bytes]


def by_pillow(format: str, **options: Any) -> Writer:
    def write(picture: Image.Image, icc: bytes, exif: Image.Exif) -> bytes:
        file = io.BytesIO()
        picture.save(file, format, icc_profile=icc or None, exif=exif, **options)
        return file.getvalue()

    return write


def in_boxes(write: Callable[..., bytes], **options: Any) -> Writer:
    def turned(picture: Image.Image, icc: bytes, exif: Image.Exif) -> bytes:
        """By the container; EXIF says it too, as phones do, and is not obeyed twice."""
        return write(picture, orientation=exif.get(0x0112, 1), icc=icc, exif=exif.tobytes()[6:], **options)

    return turned


WRITERS = {
    "image/jpeg": by_pillow("JPEG", quality=95),
    "image/png": by_pillow("PNG"),
    "image/webp": by_pillow("WEBP", lossless=True),
    "image/heic": in_boxes(heic),
    "image/heif": in_boxes(avif, brand=b"mif1"),
    "image/avif": in_boxes(avif),
}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def shown(tmp_path: Path, content_type: str, content: bytes) -> dict[str, Any]:
    (tmp_path / "source").write_bytes(content)
    return render(tmp_path / "source", content_type, tmp_path)


def exif(orientation: int = 1) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = orientation
    return made


def test_a_picture_of_tiles(tmp_path: Path) -> None:
    """As iPhones write them; the last tiles reach over its edges."""
    for orientation, seen in ((1, [RED, GREEN, BLUE, WHITE]), (6, [BLUE, RED, WHITE, GREEN])):
        result = shown(tmp_path, "image/heic", heic_grid(quarters(), 128, orientation=orientation))
        assert (result["width"], result["height"]) == ((400, 300) if orientation == 1 else (300, 400))
        assert_near(corners(result), seen)


def test_none_is_left_out() -> None:
    assert {*WRITERS, "image/gif"} == {canonical(name) for name in PHOTOS.content_types}


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("image/jpg", "image/jpeg"),
        (" Image/JPEG ", "image/jpeg"),
        ("image/png; charset=utf-8", "image/png"),
        ("video/x-m4v", "video/mp4"),
        ("VIDEO/3GPP;codecs=avc1", "video/mp4"),
        ("video/webm;codecs=vp9,opus", "video/webm"),
        ("image/svg+xml", "image/svg+xml"),
        ("", ""),
    ],
)
def test_content_types_as_clients_write_them(said: str, name: str) -> None:
    assert canonical(said) == name


def test_orientation_in_exif_does_not_turn_a_heic(tmp_path: Path) -> None:
    """Only its boxes do (ISO/IEC 23008-12), which this one lacks."""
    result = shown(tmp_path, "image/heic", heic(quarters(), exif=exif(6).tobytes()[6:]))
    assert (result["width"], result["height"]) == (400, 300)
    assert_near(corners(result), [RED, GREEN, BLUE, WHITE])


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("content_type", WRITERS)
def test_every_orientation_comes_upright(tmp_path: Path, content_type: str, orientation: int) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that a camera held so would have made
    stored = quarters().transpose(Image.Transpose(undo[orientation])) if orientation > 1 else quarters()
    result = shown(tmp_path, content_type, WRITERS[content_type](stored, b"", exif(orientation)))
    assert (result["width"], result["height"]) == (400, 300)
    assert_near(corners(result), [RED, GREEN, BLUE, WHITE])
    assert_near(corners(result, "THUMBNAIL", "WEBP"), [RED, GREEN, BLUE, WHITE])


@pytest.mark.parametrize("space", [None, *SPACES], ids=lambda space: space.name if space else "sRGB")
@pytest.mark.parametrize("content_type", WRITERS)
def test_colours(tmp_path: Path, content_type: str, space: Space | None) -> None:
    picture = chart(space)
    content = WRITERS[content_type](picture, space.profile() if space else b"", exif())
    for each in shown(tmp_path, content_type, content)["renditions"][:4]:
        assert off(each["path"]) < 3
    if space is not None:
        picture.save(tmp_path / "unconverted.png")
        assert off(str(tmp_path / "unconverted.png")) > 3.5, "a reader that ignores the profile is noticed"


@pytest.mark.parametrize(("write", "content_type"), [(heic, "image/heic"), (avif, "image/avif")])
def test_colours_by_their_number(tmp_path: Path, write: Callable[..., bytes], content_type: str) -> None:
    """Display P3 without a profile, as some phones write it."""
    for each in shown(tmp_path, content_type, write(chart(SPACES[0]), primaries=12))["renditions"][:2]:
        assert off(each["path"]) < 3


def test_deep_colours(tmp_path: Path) -> None:
    for space in SPACES:
        values = (space.of(np.asarray(chart()) / 255) * 65535).round().astype(np.uint16)
        deep = pyvips.Image.new_from_array(values).copy(interpretation="rgb16")
        deep.set_type(pyvips.GValue.blob_type, "icc-profile-data", space.profile())
        result = shown(tmp_path, "image/png", deep.pngsave_buffer())
        assert off(result["renditions"][0]["path"]) < 1


def test_inks(tmp_path: Path) -> None:
    """CMYK with the profile that says which inks, and without."""
    inks = pyvips.Image.new_from_array(np.asarray(chart())).icc_transform("cmyk", input_profile="srgb")
    for keep in ("icc", "none"):
        result = shown(tmp_path, "image/jpeg", inks.jpegsave_buffer(Q=98, keep=keep))
        # Its cyan is one that these inks do not have.
        assert off(result["renditions"][0]["path"]) < 12
    bare = by_pillow("JPEG", quality=95)(quarters().convert("CMYK"), b"", exif())
    red, green, blue, white = corners(shown(tmp_path, "image/jpeg", bare))
    assert red[0] > 180
    assert max(red[1:]) < 90
    assert green[1] > max(green[0], green[2]) + 30
    assert blue[2] > max(blue[:2]) + 50
    assert min(white) > 245


def test_a_profile_that_does_not_fit_is_ignored(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for nonsense in (b"no profile at all" * 20, lab, SRGB[:200], SRGB[:128] + bytes(len(SRGB) - 128)):
        for content_type in ("image/jpeg", "image/heic", "image/avif"):
            result = shown(tmp_path, content_type, WRITERS[content_type](quarters(), nonsense, exif()))
            assert_near(corners(result), [RED, GREEN, BLUE, WHITE])
    grey = by_pillow("JPEG")(Image.new("L", (99, 99), 60), SRGB, exif())
    assert_near(corners(shown(tmp_path, "image/jpeg", grey)), [(60, 60, 60)] * 4)


@pytest.mark.parametrize("content_type", WRITERS)
def test_no_metadata_remains(tmp_path: Path, content_type: str) -> None:
    told = exif()
    told[0x010E] = "secret place"
    told.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
    content = WRITERS[content_type](quarters(), SRGB, told)
    assert b"secret" in content
    for each in shown(tmp_path, content_type, content)["renditions"]:
        data = Path(each["path"]).read_bytes()
        assert not any(word in data for word in (b"secret", b"Exif", b"EXIF", b"ICC", b"acsp", b"XMP", b"http"))
        with Image.open(each["path"]) as picture:
            assert not picture.getexif()


def test_comments_of_a_jpeg_and_of_a_gif(tmp_path: Path) -> None:
    jpeg, gif = io.BytesIO(), io.BytesIO()
    quarters().save(jpeg, "JPEG", comment=b"secret", xmp=b"<secret/>")
    quarters().save(gif, "GIF", comment=b"secret")
    for content_type, file in (("image/jpeg", jpeg), ("image/gif", gif)):
        assert b"secret" in file.getvalue()
        for each in shown(tmp_path, content_type, file.getvalue())["renditions"]:
            assert b"secret" not in Path(each["path"]).read_bytes()


def test_a_gif_in_its_colours(tmp_path: Path) -> None:
    file = io.BytesIO()
    chart().quantize(64).save(file, "GIF")
    for each in shown(tmp_path, "image/gif", file.getvalue())["renditions"][:2]:
        assert off(each["path"]) < 3
