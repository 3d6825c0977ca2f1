"""What reads the most used hashtags and posts, for `test_plans`."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from domain.hashtags import bans, trend_scores
from domain.posts import top
from kit.paging import Request
from tests.support.large_dataset import THING
from workers.parts import Parts

SOME = [THING + 997 * n for n in range(20)]


async def _trends(db: Any, parts: Parts) -> None:
    assert await trend_scores.compute(db, datetime.now(UTC))


async def _top_posts(kind: str, db: Any, parts: Parts) -> None:
    """Twenty lists are computed by one statement, and read again by another."""
    for statements in (1, 2):
        request = Request(20, None, lambda position: "")
        found = await top.pages(db, parts.redis, kind, datetime(2026, 11, 30, tzinfo=UTC), SOME, request)
        assert all(places for places, _ in found)
        assert len(db.statements) == statements


CALLS: dict[str, Callable[[Any, Parts], Awaitable[object]]] = {
    "trends": _trends,
    "banned_ids": lambda db, _: bans.banned_ids(db, SOME),
    **{f"top posts of {kind}": partial(_top_posts, kind) for kind in ("hashtag", "location")},
}
