"""Rows that can be liked."""

from typing import ClassVar

from domain.rows import Row


class Likeable(Row, frozen=True):
    """A row that users can like.

    `TABLE` holds such rows, with their number of likes in `like_count`. `LIKE_COUNTER` is the name of that counter, and
    `INPUT_FIELD` the field of an input that names the row.
    """

    TABLE: ClassVar[str]
    LIKE_COUNTER: ClassVar[str]
    INPUT_FIELD: ClassVar[str]
