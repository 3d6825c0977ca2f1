"""People."""

from datetime import datetime

from domain.rows import Row


class User(Row, frozen=True):
    """A person as others see them. `username` is in lower case."""

    TAG = 1

    username: str
    display_name: str
    created_at: datetime


COLUMNS = "id, username, display_name, created_at"
