"""People."""

import re
from datetime import datetime

from domain.rows import Row


class User(Row, frozen=True):
    """A person as others see them. `username` is in lower case."""

    TAG = 1

    username: str
    display_name: str
    created_at: datetime


USERNAME = re.compile(r"[a-z0-9._]{1,30}")
COLUMNS = "id, username, display_name, created_at"
