"""Rows of comments."""

from datetime import datetime

from domain.likes.rows import Likeable


class Comment(Likeable, frozen=True):
    """A comment; a reply where it has a parent. `likes` and `replies` are numbers that may be 2 s old.

    `is_author_blocked` says whether the author of the post blocks the author of the comment.
    """

    TAG = 5
    TABLE = "comments"
    LIKE_COUNTER = "comment.likes"
    INPUT_FIELD = "commentId"

    post_id: int
    parent_id: int | None
    author_id: int
    text: str
    created_at: datetime
    likes: int
    replies: int
    mention_ids: tuple[int, ...]
    is_author_blocked: bool
