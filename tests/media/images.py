"""Test images, and checks of the colours in what is made of them."""

from typing import Any

from PIL import Image

RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 180, 20), (20, 20, 220), (255, 255, 255)


def quarters(width: int = 400, height: int = 300, mode: str = "RGB") -> Image.Image:
    """Red, green over blue, white: a picture that tells its orientation and its colours."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(WHITE, (width // 2, height // 2, width, height))
    return picture.convert(mode)


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
