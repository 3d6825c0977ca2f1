"""Pictures for the demo world, drawn from nothing: the same seed draws the same picture."""

import math
import random
from collections.abc import Callable, Sequence

import pyvips
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Stops = Sequence[Colour]

_STEPS = 1024


def draw(scene: str, seed: int, palette: Stops, width: int, height: int) -> bytes:
    """A JPEG of `width` x `height` pixels. `scene` is a key of SCENES, `palette` its colours from dark or top on."""
    picture = SCENES[scene](random.Random(seed), palette, width, height)
    tile = pyvips.Image.gaussnoise(360, 360, sigma=3.5, mean=0, seed=seed).copy_memory()
    grain = tile.replicate(-(-width // 360), -(-height // 360)).crop(0, 0, width, height)
    x, y = _axes(width, height)
    vignette = 1.06 - 0.22 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)
    finished = (picture * vignette + grain).cast("uchar").copy(interpretation="srgb")
    data: bytes = finished.jpegsave_buffer(Q=86, keep="none")
    return data


def _axes(width: int, height: int) -> tuple[pyvips.Image, pyvips.Image]:
    """x and y of every pixel, 0 to 1."""
    both = pyvips.Image.xyz(width, height)
    return both[0] / width, both[1] / height


def _colours(values: pyvips.Image, stops: Stops) -> pyvips.Image:
    """The colour between `stops` that stands at each of `values`, 0 to 1."""
    bands = []
    for band in zip(*stops, strict=True):
        places = [step / (_STEPS - 1) * (len(stops) - 1) for step in range(_STEPS)]
        row = []
        for place in places:
            below = min(int(place), len(stops) - 2)
            share = (place - below) ** 2 * (3 - 2 * (place - below))
            row.append(band[below] * (1 - share) + band[below + 1] * share)
        bands.append(pyvips.Image.new_from_array([row]))
    lut = bands[0].bandjoin(bands[1:]).cast("float")
    return (values * (_STEPS - 1)).cast("ushort").maplut(lut)


def _noise(rng: random.Random, width: int, height: int, cell: int, octaves: int = 4) -> pyvips.Image:
    """Clouds of about `cell` pixels and finer ones within, around 0 and mostly between -1 and 1."""
    total = pyvips.Image.black(width, height)
    for octave in range(octaves):
        size = max(2, cell >> octave)
        layer = pyvips.Image.perlin(width, height, cell_size=size, seed=rng.randrange(1 << 30))
        total += layer * (0.5**octave * 1.6)
    return total


def _stretched(rng: random.Random, width: int, height: int, across: float, down: float) -> pyvips.Image:
    """Noise of cells `across` x `down` pixels."""
    small = _noise(rng, math.ceil(width * 64 / across) + 4, math.ceil(height * 64 / down) + 4, 64, 3)
    return small.resize(across / 64, vscale=down / 64, kernel="cubic").crop(0, 0, width, height).copy_memory()


def _ridge(rng: random.Random, width: int, height: int, cell: int, base: float, rise: float) -> pyvips.Image:
    """1 below a mountain line around `base` of the height, 0 above it; a pixel's softness between."""
    line = _noise(rng, width, cell, cell, 6).crop(0, cell // 2, width, 1).copy_memory().replicate(1, height)
    y = pyvips.Image.xyz(width, height)[1]
    return _clamp(y - (line * rise + base) * height).copy_memory()


def _clamp(values: pyvips.Image) -> pyvips.Image:
    return values.clamp() if values.format == "float" else values.cast("float").clamp()


def _mix(below: pyvips.Image, above: pyvips.Image | Sequence[float], share: pyvips.Image) -> pyvips.Image:
    return below * (1 - share) + share * above


def _sun(picture: pyvips.Image, x: float, y: float, radius: float, colour: Colour, glow: float) -> pyvips.Image:
    """A disc and the light around it; measures are shares of the width."""
    where = pyvips.Image.xyz(picture.width, picture.height)
    distance = ((where[0] - x * picture.width) ** 2 + (where[1] - y * picture.height) ** 2) ** 0.5 / picture.width
    distance = distance.copy_memory()
    shine = (distance / -glow).exp() * 0.75
    disc = _clamp((radius - distance) * picture.width / 2)
    return _mix(_mix(picture, colour, shine), [min(255, part + 40) for part in colour], disc)


def _hills(rng: random.Random, palette: Stops, width: int, height: int) -> pyvips.Image:
    """Rows of mountains that fade into the light."""
    *sky, light, dark = palette
    picture = _colours(_axes(width, height)[1], sky)
    sun_x = rng.uniform(0.25, 0.75)
    picture = _sun(picture, sun_x, rng.uniform(0.28, 0.42), rng.uniform(0.03, 0.05), light, 0.16)
    rows = 6
    for row in range(rows):
        near = row / (rows - 1)
        mask = _ridge(rng, width, height, int(width / (2.2 + near * 2)), 0.46 + 0.46 * near**1.2, 0.13 - 0.05 * near)
        colour = [
            far * (1 - near) ** 1.4 + close * (1 - (1 - near) ** 1.4) for far, close in zip(sky[-1], dark, strict=True)
        ]
        haze = _clamp((_axes(width, height)[1] - 0.4 - 0.4 * near) * 1.6) * (0.35 * (1 - near))
        picture = _mix(picture, _mix(pyvips.Image.black(width, height) + colour, light, haze), mask)
    return picture


def _sea(rng: random.Random, palette: Stops, width: int, height: int) -> pyvips.Image:
    """The sun over water."""
    *sky, light, dark = palette
    horizon = int(height * rng.uniform(0.52, 0.62))
    x = rng.uniform(0.3, 0.7)
    above = _colours(_axes(width, horizon)[1], sky)
    clouds = _clamp(_stretched(rng, width, horizon, 700, 90) * 0.9 - 0.05) * _clamp(1.2 - _axes(width, horizon)[1])
    above = _sun(_mix(above, light, clouds * 0.5), x, rng.uniform(0.66, 0.84), 0.045, light, 0.2).copy_memory()
    depth = height - horizon
    mirrored = above.flipver().resize(1, vscale=depth / horizon).crop(0, 0, width, depth).copy_memory()
    down = _axes(width, depth)[1]
    waves = _stretched(rng, width, depth, 220, 11) * (0.35 + down) + _stretched(rng, width, depth, 90, 5) * 0.35
    waves = waves.copy_memory()
    where = pyvips.Image.xyz(width, depth)
    # A margin all around, for waves that look beyond the edge.
    wide = mirrored.embed(80, 80, width + 160, depth + 160, extend="copy")
    across = where[0] + waves * 46 * (down + 0.25) + 80
    bent = wide.mapim(across.bandjoin(where[1] + waves * 14 * (down + 0.2) + 80))
    glitter = (((where[0] / width - x) ** 2) / (-0.006 - 0.03 * down)).exp() * _clamp(waves * 2.2 - 0.25)
    below = _mix(_mix(bent, dark, 0.35 + down * 0.45), light, glitter)
    return above.join(below, "vertical")


def _night(rng: random.Random, palette: Stops, width: int, height: int) -> pyvips.Image:
    """Northern lights over a forest's edge."""
    *sky, light, dark = palette
    x, y = _axes(width, height)
    stars = pyvips.Image.gaussnoise(width, height, sigma=1, mean=0, seed=rng.randrange(1 << 30))
    picture = _colours(y, sky) + ((stars > 3.4).ifthenelse(stars * 60, 0).gaussblur(0.8) * 2.4) * (1 - y)
    bend = _stretched(rng, width, height, 900, 2400) * 0.16
    for place, strength in ((0.34, 0.85), (0.5, 0.55)):
        from_foot = place + bend + x * rng.uniform(-0.12, 0.12) - y
        rays = 0.6 + _stretched(rng, width, height, 46, 1800) * 0.5
        veil = (from_foot > 0).ifthenelse((from_foot / -0.16).exp(), (from_foot / 0.018).exp()) * rays * strength
        picture = _mix(picture, light, _clamp(veil) * 0.9)
    for base, rise, shade in ((0.8, 0.08, 1.7), (0.9, 0.05, 1.0)):
        trees = _ridge(rng, width, height, 300, base, rise) * 0.999
        picture = _mix(picture, [part * shade for part in dark], trees)
    return picture


def _city(rng: random.Random, palette: Stops, width: int, height: int) -> pyvips.Image:
    """Rows of houses with lit windows."""
    *sky, light, dark = palette
    picture = _sun(_colours(_axes(width, height)[1], sky), rng.uniform(0.2, 0.8), 0.3, 0.04, light, 0.22)
    layer = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    _houses(ImageDraw.Draw(layer), rng, width, height, (sky[-1], light, dark))
    houses = pyvips.Image.new_from_memory(layer.tobytes(), width, height, 4, "uchar")
    return _mix(picture, houses[0:3], houses[3] / 255)


def _houses(pen: ImageDraw.ImageDraw, rng: random.Random, width: int, height: int, colours: Stops) -> None:
    far, light, dark = colours
    for row in range(3):
        share = 0.35 + 0.3 * row
        wall = tuple(round(a * (1 - share) + b * share) for a, b in zip(far, dark, strict=True))
        left = -rng.randrange(60)
        while left < width:
            wide = rng.randrange(70, 170)
            top = int(height * (0.36 + 0.17 * row + rng.uniform(0, 0.26)))
            pen.rectangle((left, top, left + wide, height), fill=wall)
            if rng.random() < 0.25:
                pen.rectangle((left + wide // 2, top - rng.randrange(30, 90), left + wide // 2 + 2, top), fill=wall)
            for down in range(top + 16, height, 26):
                for across in range(left + 10, left + wide - 14, 20):
                    if rng.random() < 0.12 + 0.13 * row:
                        glow = tuple(round(part * rng.uniform(0.75, 1.0)) for part in light)
                        pen.rectangle((across, down, across + 9, down + 13), fill=glow)
            left += wide + rng.choice((0, 0, 6, 24))


def _mandelbrot(rng: random.Random, palette: Stops, width: int, height: int) -> pyvips.Image:
    """A corner of the Mandelbrot set."""
    x, y, size = rng.choice(((-0.7435, 0.1314, 0.008), (-0.1592, 1.0338, 0.03), (0.2925, 0.0149, 0.012)))
    half = size * height / width
    grey = Image.effect_mandelbrot((width * 2, height * 2), (x - size, y - half, x + size, y + half), 110)
    values = pyvips.Image.new_from_memory(grey.tobytes(), width * 2, height * 2, 1, "uchar")
    return _colours(((values / 255) ** 0.6).cast("float"), palette).resize(0.5)


def _plasma(rng: random.Random, palette: Stops, width: int, height: int) -> pyvips.Image:
    """Silk: noise bent by noise."""
    bend = _noise(rng, width, height, 640, 2) * 420
    cross = _noise(rng, width, height, 560, 2) * 420
    where = pyvips.Image.xyz(width, height)
    x, y = (where[0] + bend) / width, (where[1] + cross) / width
    angle = rng.uniform(0, math.pi)
    folds = ((x * math.cos(angle) + y * math.sin(angle)) * rng.uniform(900, 1500)).sin()
    fine = ((x * math.sin(angle) - y * math.cos(angle)) * 2600 + folds * 60).sin()
    return _colours(_clamp(folds * 0.36 + fine * 0.1 + 0.5), palette)


def _bokeh(rng: random.Random, palette: Stops, width: int, height: int) -> pyvips.Image:
    """Lights out of focus."""
    dark, *lights = palette
    x, y = _axes(width, height)
    picture = _mix(pyvips.Image.black(width, height) + [part * 0.5 for part in dark], dark, _clamp(1.1 - y + x * 0.2))
    for _ in range(46):
        radius = int(width * rng.uniform(0.014, 0.06))
        size = radius * 2 + 20
        where = pyvips.Image.xyz(size, size) - size / 2
        distance = (where[0] ** 2 + where[1] ** 2) ** 0.5
        disc = _clamp((radius - distance) / (2 + radius * 0.06)) * (0.55 + 0.45 * (distance / radius) ** 4)
        spot = (disc * rng.uniform(0.15, 0.6)) * list(rng.choice(lights))
        left, top = rng.randrange(width - size), int(rng.triangular(0, height - size, height * 0.55))
        picture = picture.insert(picture.crop(left, top, size, size) + spot, left, top)
        if _ % 12 == 11:
            picture = picture.copy_memory()
    return picture


def _stones(rng: random.Random, palette: Stops, width: int, height: int) -> pyvips.Image:
    """Cells, as of leaves or pebbles, in shade and light."""
    cells = pyvips.Image.worley(width, height, cell_size=rng.choice((90, 140, 200)), seed=rng.randrange(1 << 30))
    cells = cells.copy_memory()
    cells = (cells / cells.max()) ** 0.8
    soft = cells.gaussblur(2).copy_memory()
    shade = _noise(rng, width, height, 500, 3) * 0.28
    light = soft - soft.wrap(x=width - 5, y=height - 7)
    return _colours(_clamp(0.82 - cells * 1.25 + shade), palette) + light * 260


SCENES: dict[str, Callable[[random.Random, Stops, int, int], pyvips.Image]] = {
    "hills": _hills,
    "sea": _sea,
    "night": _night,
    "city": _city,
    "mandelbrot": _mandelbrot,
    "plasma": _plasma,
    "bokeh": _bokeh,
    "stones": _stones,
}
