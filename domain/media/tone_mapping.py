"""Tone mapping of high dynamic range and wide colours to standard screens, as a table for ffmpeg's `lut3d`.

ffmpeg itself would need seconds to compute such a table at each start.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STEPS = 33
# cd/m2: diffuse white (ITU-R BT.2408), shown as bright as white is in SDR, and the brightest that is told apart.
_WHITE, _PEAK = 203.0, 1000.0
_D65 = (0.3127, 0.3290)
_BT709 = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))


def beyond(transfer: str | None, primaries: str | None) -> bool:
    """Return whether footage with these properties, in ffmpeg's names, exceeds a standard screen."""
    return transfer in ("smpte2084", "arib-std-b67") or primaries in ("bt2020", "smpte431", "smpte432")


def cube(transfer: str | None, primaries: str | None) -> str:
    """Return the table for such footage, in the format .cube: from its R'G'B' to that of BT.709.

    Light above two fifths of diffuse white is rolled off, so that 1000 cd/m2 become white and the rest keeps its
    brightness; colours outside BT.709 are clipped.
    """
    axis = np.linspace(0, 1, _STEPS)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")  # red changes fastest
    signal = np.stack([red, green, blue], axis=-1).reshape(-1, 3)
    if transfer == "smpte2084":
        light = _rolled_off(_pq(signal)) / _WHITE
    elif transfer == "arib-std-b67":
        light = _rolled_off(_hlg(signal)) / _WHITE
    else:
        light = signal**2.4
    matrix = np.linalg.inv(_to_xyz(_BT709)) @ _to_xyz(_BT2020 if primaries == "bt2020" else _P3)
    shown = np.clip(light @ matrix.T, 0, 1) ** (1 / 2.4)  # ITU-R BT.1886
    rows = "\n".join(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in shown)
    return f"LUT_3D_SIZE {_STEPS}\n{rows}\n"


def _pq(signal: Array) -> Array:
    """Light in cd/m2 (ITU-R BT.2100, the EOTF of PQ)."""
    power = signal ** (32 / 2523)
    return np.asarray(10_000 * (np.maximum(power - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * power)) ** (8192 / 1305))


def _from_light(light: Array) -> Array:
    """The inverse of `_pq`."""
    power = (light / 10_000) ** (1305 / 8192)
    return np.asarray(((107 / 128 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32))


def _hlg(signal: Array) -> Array:
    """Light in cd/m2 on a screen of 1000 (ITU-R BT.2100, the EOTF of HLG)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
    return np.asarray(_PEAK * np.maximum(luminance, 1e-9)[:, None] ** 0.2 * scene)


def _rolled_off(light: Array) -> Array:
    """Light up to 1000 cd/m2 brought below that of white, each colour by itself (ITU-R BT.2390, the EETF)."""
    top, target = (float(_from_light(np.array(each))) for each in (_PEAK, _WHITE))
    level, most = np.minimum(_from_light(light) / top, 1), target / top
    knee = 1.5 * most - 0.5
    t = np.clip((level - knee) / (1 - knee), 0, 1)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * most
    return _pq(np.where(level < knee, level, spline) * top)


def _to_xyz(primaries: tuple[tuple[float, float], ...]) -> Array:
    """The matrix from linear RGB of these primaries and white D65 to CIE XYZ."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in (*primaries, _D65)]).T
    return np.asarray(columns[:, :3] * np.linalg.solve(columns[:, :3], columns[:, 3]))
