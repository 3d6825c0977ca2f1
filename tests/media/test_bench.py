"""All programs that `bench.media` compares do the same work."""

from pathlib import Path

import numpy as np
from PIL import Image

from bench.media import photographs
from bench.photos import RIVALS


def test_rivals_make_the_same(tmp_path: Path) -> None:
    source = photographs(tmp_path)["Display P3"]
    made = {}
    for name, rival in RIVALS.items():
        (folder := tmp_path / name).mkdir()
        rival(source, folder)
        made[name] = {path.name: np.asarray(Image.open(path), float) for path in folder.iterdir()}
    assert len(made["ours"]) == 8
    for theirs in made.values():
        for name, pixels in made["ours"].items():
            assert theirs[name].shape == pixels.shape
            assert abs(theirs[name] - pixels).mean() < 8, name
