"""Rows and cached values that cannot be decoded: they are left out, logged once and counted.

One such row must not fail the page that it is on. A newer version may have written it before a rollback.
"""

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

ERRORS = (msgspec.MsgspecError, ValueError, TypeError, LookupError)
"""Exceptions of decoding."""
MAX_REMEMBERED = 10_000

counts: Counter[str] = Counter()
"""The number of unreadable values left out in this process, by kind."""

log = logging.getLogger(__name__)
_logged: OrderedDict[tuple[str, object], None] = OrderedDict()

T = TypeVar("T")
R = TypeVar("R")


def note(kind: str, id: object, error: BaseException) -> None:
    """Count a value that is left out, and log it unless this process has logged it before."""
    counts[kind] += 1
    if (kind, id) in _logged:
        return
    _logged[kind, id] = None
    if len(_logged) > MAX_REMEMBERED:
        _logged.popitem(last=False)
    log.error("%s %s cannot be read and is left out (%d so far): %r", kind, id, counts[kind], error)


def readable(kind: str, records: Iterable[T], decode: Callable[[T], R]) -> list[R]:
    """The decoded records. Those that cannot be decoded are left out; the first column of a record is its ID."""
    decoded = []
    for record in records:
        try:
            decoded.append(decode(record))
        except ERRORS as error:
            identified: Any = record
            note(kind, identified[0], error)
    return decoded
