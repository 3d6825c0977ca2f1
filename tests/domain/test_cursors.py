"""A cursor says nothing to others, and is good for the list that it was made for alone."""

import pytest

from kit.cursor import Cursors
from kit.errors import BadUserInput

POSITION = (1_780_000_000_000, 2**62)


@pytest.fixture
def cursors() -> Cursors:
    return Cursors(b"c" * 32)


def test_cursor_is_of_one_scope(cursors: Cursors) -> None:
    cursor = cursors.seal(b"followers of 7", POSITION)
    assert cursors.open(b"followers of 7", cursor) == POSITION
    assert cursor == cursors.seal(b"followers of 7", POSITION)
    for scope in (b"followers of 8", b"", b"x"):
        with pytest.raises(BadUserInput):
            cursors.open(scope, cursor)
    with pytest.raises(BadUserInput):
        Cursors(b"d" * 32).open(b"followers of 7", cursor)


def test_cursor_that_was_changed_is_refused(cursors: Cursors) -> None:
    cursor = cursors.seal(b"list", POSITION)
    for n in range(0, len(cursor), 5):
        changed = cursor[:n] + ("A" if cursor[n] != "A" else "B") + cursor[n + 1 :]
        with pytest.raises(BadUserInput):
            cursors.open(b"list", changed)
    for other in ("", "x", "é", cursor[:-1], cursor + "AAAA"):
        with pytest.raises(BadUserInput):
            cursors.open(b"list", other)


def test_cursor_is_spelled_in_one_way(cursors: Cursors) -> None:
    cursor = next(
        sealed for sealed in (cursors.seal(b"list", (n,)) for n in (1, 200, 70_000)) if len(sealed) % 4 in (2, 3)
    )
    last = chr(ord(cursor[-1]) + 1)
    for other in (cursor[:-1] + last, f"{cursor}=", f"{cursor}\n", f"{cursor[:4]}*{cursor[4:]}"):
        with pytest.raises(BadUserInput):
            cursors.open(b"list", other)
