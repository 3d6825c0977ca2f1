"""Trending hashtags, as the viewer may see them."""

from collections.abc import Sequence

from domain.hashtags.bans import banned_ids
from domain.hashtags.rows import TrendingHashtag
from domain.hashtags.trend_scores import Trend
from kit.cursor import Position
from kit.paging import Edge, Page, fill
from resolvers.context import Context
from resolvers.places import posts_of_hashtags


async def trending_hashtags(context: Context, first: int, after: str | None) -> Page[TrendingHashtag]:
    """A page of the trending hashtags with a post that the viewer can see. Raises BadUserInput.

    A position is (token, place): the following pages continue in the list of the first one, while the list changes
    each minute. When that list has expired they continue at the same place of the current one.
    """
    request = context.page(("trending hashtags",), first, after)
    trends = context.services.trends

    async def candidates(after: Position | None, limit: int) -> list[tuple[Position, Trend]]:
        token, last = after or (0, -1)
        snapshot = await trends.at(token) if after else None
        snapshot = snapshot or await trends.latest()
        some = snapshot.trends[last + 1 : last + 1 + limit]
        return [((snapshot.token, place), trend) for place, trend in enumerate(some, last + 1)]

    async def hydrate(found: Sequence[Trend]) -> list[TrendingHashtag | None]:
        return await _visible(context, found)

    return await fill(request, candidates, hydrate)


async def _visible(context: Context, found: Sequence[Trend]) -> list[TrendingHashtag | None]:
    """The hashtag of each trend; None for one that is banned, or with which the viewer can see no post."""
    ids = [trend.hashtag_id for trend in found]
    banned = await banned_ids(context.services.db, ids)
    rows = await context.viewer.hashtags.by_id.load_many(ids)
    allowed = [row for row in rows if row is not None and row.id not in banned]
    pages = await posts_of_hashtags(context, allowed, 1, None)
    seen = {row.id for row, page in zip(allowed, pages, strict=True) if isinstance(page, Page) and page.items}
    return [
        TrendingHashtag(row.id, row.name, row.posts, trend.people_today, trend.people_by_day)
        if row is not None and row.id in seen
        else None
        for trend, row in zip(found, rows, strict=True)
    ]


def people_today(context: Context, edge: Edge[TrendingHashtag]) -> int:
    """How many different people used the hashtag in the last 24 hours, rounded down."""
    return edge.node.people_today


def history(context: Context, edge: Edge[TrendingHashtag]) -> tuple[int, ...]:
    """How many different people used the hashtag on each of the last 7 days."""
    return edge.node.history
