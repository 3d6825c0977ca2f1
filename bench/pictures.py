"""What the row of an upload holds when a worker has made a picture of it: `workers.media` writes the same."""

import json
from hashlib import shake_256

import numpy as np

from domain.media.images import SIZES

_SHAPES = ((4032, 3024), (3024, 4032), (3000, 3000), (2048, 1365), (1365, 2048), (1600, 900))
_BASE83 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$*+,-.:;=?@[]^_{|}~"
_TOKEN, _SHA256 = 16, 32  # bytes


class Pictures:
    """So many pictures, no two of them with a key in common."""

    def __init__(self, random: np.random.Generator, count: int) -> None:
        self._seed = random.bytes(16)
        self._forms = [_form(random, *shape) for shape in _SHAPES for _ in range(10)]
        self._shapes = random.integers(0, len(self._forms), count).tolist()

    def tokens(self, start: int, stop: int) -> list[str]:
        """The folders of the keys of those from `start` to `stop`."""
        return [self._random(number, _TOKEN) for number in range(start, stop)]

    def media(self, start: int, stop: int) -> list[str]:
        """The JSON of those from `start` to `stop`."""
        made = []
        for number in range(start, stop):
            text = self._random(number, _TOKEN + len(SIZES) * 2 * _SHA256)
            token = text[: 2 * _TOKEN]
            keys = [f"{token}/{text[at : at + 2 * _SHA256]}" for at in range(2 * _TOKEN, len(text), 2 * _SHA256)]
            made.append(self._forms[self._shapes[number]] % tuple(keys))
        return made

    def _random(self, number: int, length: int) -> str:
        """Whatever its length, it begins alike."""
        return shake_256(self._seed + number.to_bytes(8, "big")).hexdigest(length)


def _form(random: np.random.Generator, width: int, height: int) -> str:
    """The JSON of a picture of this size, with a gap for each key."""
    variants = []
    for name, wanted in SIZES.items():
        part = min(wanted.side / max(width, height), 1)
        size = {"width": round(width * part), "height": round(height * part)}
        for format, extension, bits in (("JPEG", "jpg", 1.6), ("WEBP", "webp", 1.1)):
            byte_size = int(size["width"] * size["height"] * bits * random.uniform(0.6, 1.6) / 8)
            variants.append({"name": name, "format": format, **size, "byte_size": byte_size, "key": f"%s.{extension}"})
    # "L": four by three components.
    blurhash = "L" + "".join(random.choice(list(_BASE83), 27))
    picture = {"kind": "photo", "width": width, "height": height, "blurhash": blurhash, "variants": variants}
    return json.dumps(picture, separators=(",", ":"))
