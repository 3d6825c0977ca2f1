"""The base class of rows: frozen, decoded from SQL and from caches, with an opaque ID for clients."""

from typing import ClassVar, TypeVar

import msgspec

from clients.postgres import Row as Record
from kit import ids


class Row(msgspec.Struct, frozen=True):
    """A row with an ID. `TAG` identifies its kind in opaque IDs; a tag is never reused."""

    TAG: ClassVar[int]

    id: int

    @property
    def global_id(self) -> str:
        """Return the opaque ID."""
        return ids.encode(self.TAG, self.id)


R = TypeVar("R", bound=Row)


def number_of(kind: type[Row], text: str) -> int:
    """Return the number in an opaque ID; 0 (no row) for other kinds. Raises BadUserInput if it is malformed."""
    tag, number = ids.decode(text)
    return number if tag == kind.TAG else 0


def from_record(kind: type[R], record: Record) -> R:
    """Make a row whose fields are the columns of `record`."""
    return kind(**record)


def by_id(rows: list[R]) -> dict[int, R]:
    """Return rows by their IDs."""
    return {row.id: row for row in rows}
