"""How large an answer has grown, estimated while it is produced."""

from collections.abc import Iterable
from typing import Any

_NUMBER = 6
_PER_FIELD = 12


class Meter:
    """Counts what fields have written, a level at a time, and says when that passes `max_bytes`.

    An estimate from below for text that is not ASCII (characters are counted) and within some percent for the rest:
    it bounds the work and memory of an operation. The transport measures the answer exactly.
    """

    def __init__(self, max_bytes: int) -> None:
        self._left = max_bytes

    def has_passed(self, key: str, outs: Iterable[dict[str, Any]]) -> bool:
        """Count what was written under `key` of each of `outs`; whether the answer is too large by now."""
        pending: list[Any] = [out[key] for out in outs]
        left = self._left
        while pending and left >= 0:
            value = pending.pop()
            kind = value.__class__
            if kind is dict:
                left -= _PER_FIELD * len(value)
                pending.extend(value.values())
            elif kind is list:
                pending.extend(value)
            else:
                left -= len(value) + 2 if kind is str else _NUMBER
        self._left = left
        return left < 0
