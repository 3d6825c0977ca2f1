"""Colours that are known in every space: a chart, profiles that say which space it is in, and how far off one is."""

import struct
from dataclasses import dataclass

import numpy as np
import pyvips
from PIL import Image

# 24 colours of sRGB as photographs have them (those of a ColorChecker, https://en.wikipedia.org/wiki/ColorChecker).
CHART = np.array(
    [int(f"{colour:06x}"[at : at + 2], 16) for colour in (
        0x735244, 0xC29682, 0x627A9D, 0x576C43, 0x8580B1, 0x67BDAA, 0xD67E2C, 0x505BA6,
        0xC15A63, 0x5E3C6C, 0x9DBC40, 0xE0A32E, 0x383D96, 0x469449, 0xAF363C, 0xE7C71F,
        0xBB5695, 0x0885A1, 0xF3F3F2, 0xC8C8C8, 0xA0A0A0, 0x7A7A79, 0x555555, 0x343434,
    ) for at in (0, 2, 4)], float,
).reshape(4, 6, 3)  # fmt: skip
PATCH = 64

_SRGB_TO_XYZ = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)


@dataclass(frozen=True)
class Space:
    """Red, green and blue in XYZ as columns (adapted to D50, as profiles have them), and the exponent of the curve."""

    name: str
    primaries: np.ndarray
    gamma: float

    def of(self, srgb: np.ndarray) -> np.ndarray:
        """The same colours in this space; 0 to 1, as `srgb` is."""
        linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
        here = linear @ _SRGB_TO_XYZ.T @ np.linalg.inv(self.primaries).T
        return np.clip(here, 0, 1) ** (1 / self.gamma)

    def profile(self) -> bytes:
        """An ICC profile of version 2: three primaries and a curve."""
        columns = [
            struct.pack(">4s4x3i", b"XYZ ", *np.round(column * 65536).astype(int)) for column in self.primaries.T
        ]
        curve = struct.pack(">4s4xIHxx", b"curv", 1, round(self.gamma * 256))
        white = struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061)
        name = self.name.encode() + b"\0"
        text = struct.pack(">4s4xI", b"desc", len(name)) + name + bytes(78)
        text += bytes(-len(text) % 4)
        tags = [(b"desc", text), (b"cprt", b"text\0\0\0\0none\0\0\0\0"), (b"wtpt", white)]
        tags += [(kind, column) for kind, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)]
        tags += [(kind, curve) for kind in (b"rTRC", b"gTRC", b"bTRC")]
        offset, table, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
        for kind, data in tags:
            table += struct.pack(">4sII", kind, offset + len(body), len(data))
            body += data
        size = offset + len(body)
        head = struct.pack(
            ">I4xI4s4s4s12x4s28x3i48x", size, 0x02100000, b"mntr", b"RGB ", b"XYZ ", b"acsp", 63190, 65536, 54061
        )
        return head + table + body


def _columns(*primaries: tuple[float, float, float]) -> np.ndarray:
    return np.array(primaries).T


SPACES = (
    Space(
        "Display P3",
        _columns((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)),
        2.2,
    ),
    Space(
        "Adobe RGB",
        _columns((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)),
        563 / 256,
    ),
    Space("ProPhoto", _columns((0.79767, 0.28804, 0.0), (0.13519, 0.71187, 0.0), (0.03135, 0.00009, 0.82521)), 1.8),
)


def chart(space: Space | None = None) -> Image.Image:
    """The chart as 8-bit pixels of `space`, or of sRGB."""
    values = CHART / 255 if space is None else space.of(CHART / 255)
    return Image.fromarray(np.round(values * 255).astype(np.uint8).repeat(PATCH, 0).repeat(PATCH, 1))


def off(path: str) -> float:
    """How far the worst patch of a rendered chart is from what it should be: CIE's Delta E 2000."""
    picture = pyvips.Image.new_from_file(path).thumbnail_image(6 * PATCH, height=4 * PATCH, size="force").numpy()
    inner = picture.reshape(4, PATCH, 6, PATCH, 3)[:, 16:-16, :, 16:-16].mean((1, 3))
    found, expected = (
        pyvips.Image.new_from_array(each.astype(np.float32)).copy(interpretation="srgb") for each in (inner, CHART)
    )
    return float(found.colourspace("lab").dE00(expected.colourspace("lab")).max())
