"""Photo filters."""

import pilgram2
import pyvips
from PIL import Image

# By the names of the contract's PhotoFilter. They are those of CSSgram (https://una.im/CSSgram/), by pilgram2.
FILTERS = {
    "NORMAL": None,
    "CLARENDON": pilgram2.clarendon,
    "GINGHAM": pilgram2.gingham,
    "JUNO": pilgram2.juno,
    "LARK": pilgram2.lark,
    "MOON": pilgram2.moon,
    "RISE": pilgram2.rise,
    "VALENCIA": pilgram2.valencia,
}


def filtered(picture: pyvips.Image, name: str | None) -> pyvips.Image:
    """Apply the filter `name` to `picture` (three bands of sRGB, 8 bits); None and NORMAL do nothing."""
    apply = FILTERS[name or "NORMAL"]
    if apply is None:
        return picture
    seen = apply(Image.frombytes("RGB", (picture.width, picture.height), bytes(picture.write_to_memory())))
    return pyvips.Image.new_from_memory(seen.tobytes(), seen.width, seen.height, 3, "uchar").copy(interpretation="srgb")
