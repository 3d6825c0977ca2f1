"""Searches that somebody made before."""

from datetime import datetime

from domain.rows import Row


class PastSearch(Row, frozen=True):
    """An entry in somebody's search history. `item_tag` and `item_id` say what they opened, 0 for nothing."""

    TAG = 19

    query: str
    item_tag: int
    item_id: int
    searched_at: datetime
