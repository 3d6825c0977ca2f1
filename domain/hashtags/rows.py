"""Hashtags."""

from domain.rows import Row

MAX_LENGTH = 100
"""The maximum number of characters of a hashtag, without '#'."""


class Hashtag(Row, frozen=True):
    """A hashtag: its name as its first author wrote it, without '#'. `posts` is a number that may be 2 s old."""

    TAG = 7

    name: str
    posts: int


class TrendingHashtag(Hashtag, frozen=True):
    """A hashtag that trends.

    `people_today`: different people who used it in the last 24 hours, rounded down to two significant digits.
    `history`: different people on each of the last 7 days, oldest first.
    """

    people_today: int
    history: tuple[int, ...]
