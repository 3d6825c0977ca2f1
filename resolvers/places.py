"""Resolvers of hashtags and locations, which collect posts of many authors.

Both come from texts of users. For a viewer they exist if one of their newest posts is visible to the viewer.
"""

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from domain.entities import hashtag_name
from domain.hashtags import reads as hashtags
from domain.hashtags.rows import Hashtag
from domain.posts import reads, top
from domain.posts.rows import Location, Post
from domain.viewer.noun import load_known
from kit.paging import Page
from resolvers.context import Context
from resolvers.paging import pages

Pages = list[Page[Post] | Exception]
LOOKED_AT = 50

T = TypeVar("T", Hashtag, Location)


async def hashtag(context: Context, name: str) -> Hashtag | None:
    """The hashtag with this name, in any case, with or without '#'; None if the viewer can see no post with it."""
    spelt = hashtag_name(name)
    [id] = await hashtags.hashtag_ids(context.services.db, [spelt]) if spelt else [0]
    [found] = await known_hashtags(context, [id]) if id else [None]
    return found


async def posts_of_hashtags(context: Context, hashtags: Sequence[Hashtag], first: int, after: str | None) -> Pages:
    """For each hashtag, a page of its posts, newest first."""
    fetch = partial(reads.pages_of_hashtags, context.services.db)
    return await pages(context, "hashtag", hashtags, first, after, fetch, context.viewer.posts.by_id.load_many)


async def posts_of_locations(context: Context, locations: Sequence[Location], first: int, after: str | None) -> Pages:
    """For each location, a page of the posts from there, newest first."""
    fetch = partial(reads.pages_of_locations, context.services.db)
    return await pages(context, "location", locations, first, after, fetch, context.viewer.posts.by_id.load_many)


async def top_posts_of_hashtags(context: Context, hashtags: Sequence[Hashtag], first: int, after: str | None) -> Pages:
    """For each hashtag, a page of its posts with the most engagement."""
    return await _top_posts(context, "hashtag", hashtags, first, after)


async def top_posts_of_locations(
    context: Context, locations: Sequence[Location], first: int, after: str | None
) -> Pages:
    """For each location, a page of the posts from there with the most engagement."""
    return await _top_posts(context, "location", locations, first, after)


async def _top_posts(context: Context, kind: str, parents: Sequence[T], first: int, after: str | None) -> Pages:
    fetch = partial(top.pages, context.services.db, context.services.redis, kind, context.now)
    load = partial(load_known, context.viewer.posts.by_id)
    return await pages(context, f"top posts of {kind}", parents, first, after, fetch, load)


async def post_counts(context: Context, hashtags: Sequence[Hashtag]) -> list[int]:
    """The number of public posts with each hashtag, without those of users who block the viewer."""
    hidden = await context.viewer.hashtags.hidden_posts.load_many([hashtag.id for hashtag in hashtags])
    return [max(hashtag.posts - unknown, 0) for hashtag, unknown in zip(hashtags, hidden, strict=True)]


async def known_hashtags(context: Context, ids: Sequence[int]) -> list[Hashtag | None]:
    """The hashtags; None for one with which the viewer can see no post."""
    found = await context.viewer.hashtags.by_id.load_many(list(ids))
    return _known(found, await posts_of_hashtags(context, [row for row in found if row], LOOKED_AT, None))


async def known_locations(context: Context, ids: Sequence[int]) -> list[Location | None]:
    """The locations; None for one from which the viewer can see no post."""
    found = await context.viewer.posts.location.load_many(list(ids))
    return _known(found, await posts_of_locations(context, [row for row in found if row], LOOKED_AT, None))


def _known(found: Sequence[T | None], pages: Pages) -> list[T | None]:
    answers = iter(pages)
    shown = [(row, next(answers)) if row else (None, None) for row in found]
    return [row if isinstance(page, Page) and page.items else None for row, page in shown]
