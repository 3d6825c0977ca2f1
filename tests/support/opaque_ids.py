"""Numbers in opaque ids."""

from kit.ids import decode


def number(opaque: str) -> int:
    """The number in an opaque id."""

    return decode(opaque)[1]
