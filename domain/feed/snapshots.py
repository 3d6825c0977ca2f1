"""Snapshots of ranked feeds, made when their first page was read. Owns the keys `ranked:*`.

`ranked:{reader}` has the last four (`domain/order_snapshots`), each 17 bytes a post.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from clients.redis import Pipeline, Redis
from domain import order_snapshots
from domain.feed.ranking import CLOSE, FOLLOWED, OWN, POPULAR, RECENT
from domain.redis_keys import RedisKey
from kit import unreadable
from kit.cursor import Position

REASONS = (FOLLOWED, OWN, CLOSE, POPULAR, RECENT)
"""Reasons by their codes."""

_KIND = np.dtype([("id", "<i8"), ("ms", "<i8"), ("reason", "u1")])


REDIS_KEYS = (
    RedisKey(
        "ranked:{<reader>}",
        "hash",
        timedelta(seconds=order_snapshots.TTL_S),
        "the last four ranked feeds of a reader, for later pages",
        "pagination continues in chronological order",
    ),
)


@dataclass(frozen=True)
class Snapshot:
    """Posts in ranked order; `token` is the millisecond (since 1970) of its creation.

    `is_all`: it has all posts of the feed.
    """

    token: int
    posts: NDArray[np.void]
    is_all: bool

    def places(self, start: int, limit: int) -> list[tuple[Position, int]]:
        """Return the posts from the index `start` on, each with (token, index, ms, id, reason).

        (ms, id) is the earliest of all posts up to there: nothing below it, by time, has been shown.
        """
        part = self.posts[: start + limit]
        earliest = _earliest(part)
        found = zip(part["id"].tolist(), part["reason"].tolist(), earliest, strict=True)
        return [((self.token, n, *low, reason), id) for n, (id, reason, low) in enumerate(found) if n >= start]

    @property
    def bottom(self) -> Position:
        """The earliest position of all."""
        return _earliest(self.posts)[-1]


def snapshot(token: int, posts: Sequence[tuple[int, int, str]], *, is_all: bool) -> Snapshot:
    """A snapshot of (id, ms, reason)."""
    return Snapshot(token, np.array([(id, ms, REASONS.index(reason)) for id, ms, reason in posts], _KIND), is_all)


def keep(pipe: Pipeline, reader_id: int, made: Snapshot) -> None:
    """Store a snapshot, and keep at most three older ones, in a round trip that is made anyway."""
    order_snapshots.keep(pipe, _key(reader_id), made.token, bytes([made.is_all]) + made.posts.tobytes())


async def find(redis: Redis, reader_id: int, token: int) -> Snapshot | None:
    """Return the snapshot of that millisecond, None if it has expired: one round trip."""
    blob = await order_snapshots.find(redis, _key(reader_id), token)
    if not blob:
        return None
    try:
        return Snapshot(token, np.frombuffer(blob, _KIND, offset=1), bool(blob[0]))
    except unreadable.ERRORS as error:
        unreadable.note("ranked snapshot", reader_id, error)
        return None


async def forget(redis: Redis, reader_id: int) -> None:
    """Drop a reader's snapshots."""
    await redis.delete(_key(reader_id))


def _earliest(posts: NDArray[np.void]) -> list[Position]:
    """Return for each post the earliest position, by (ms, id), of those up to it."""
    lows: list[Position] = []
    low: Position = (2**63 - 1, 2**63 - 1)
    for place in zip(posts["ms"].tolist(), posts["id"].tolist(), strict=True):
        low = min(low, place)
        lows.append(low)
    return lows


def _key(reader_id: int) -> str:
    return f"ranked:{{{reader_id}}}"
