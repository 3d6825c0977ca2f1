"""What people say under a post."""

from datetime import datetime

from domain.rows import Row


class Comment(Row, frozen=True):
    """A comment; a reply where it has a parent. `likes` and `replies` are numbers that may be 2 s old."""

    TAG = 5

    post_id: int
    parent_id: int | None
    author_id: int
    text: str
    created_at: datetime
    likes: int
    replies: int
    mention_ids: tuple[int, ...]
