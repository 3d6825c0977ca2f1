"""What rows have in common: frozen, decoded from SQL and from caches alike, known to clients by an opaque id."""

from typing import ClassVar, TypeVar

import msgspec

from clients.postgres import Row as Record
from kit import ids


class Row(msgspec.Struct, frozen=True):
    """A thing with an id. `TAG` tells its kind from the others within opaque ids and is never given twice."""

    TAG: ClassVar[int]

    id: int

    @property
    def global_id(self) -> str:
        """The opaque id."""
        return ids.encode(self.TAG, self.id)


R = TypeVar("R", bound=Row)


def number_of(kind: type[Row], text: str) -> int:
    """The number in an opaque id; 0, which no row has, where it is of another kind. Raises BadUserInput for no id."""
    tag, number = ids.decode(text)
    return number if tag == kind.TAG else 0


def from_record(kind: type[R], record: Record) -> R:
    """The row whose fields are the columns of `record`."""
    return kind(**record)


def by_id(rows: list[R]) -> dict[int, R]:
    """Rows by their ids."""
    return {row.id: row for row in rows}
