"""Hashtags."""

from domain.rows import Row


class Hashtag(Row, frozen=True):
    """A hashtag: its name as its first author wrote it, without '#'. `posts` is a number that may be 2 s old."""

    TAG = 7

    name: str
    posts: int
