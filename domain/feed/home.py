"""The home feed: published posts by the reader and those they follow and do not mute.

Newest first, by (instant of publication, id).
"""

import math
from collections.abc import Awaitable, Callable, Sequence

from clients.postgres import Queries
from domain import privacy
from domain.accounts.rows import User
from domain.feed.timeline import Timeline
from domain.graph import reads as graph
from domain.posts.reads import newest_of_authors
from domain.posts.rows import Post
from kit.cursor import Position
from kit.paging import Page, Request, fill

LoadPosts = Callable[[Sequence[int]], Awaitable[list[Post | None]]]
LoadUsers = Callable[[Sequence[int]], Awaitable[list[User | None]]]


async def page(
    db: Queries,
    timeline: Timeline,
    reader_id: int,
    request: Request,
    *,
    load_posts: LoadPosts,
    load_users: LoadUsers,
    rebuild: Callable[[], None],
) -> Page[Post]:
    """A page of the feed. Calls `rebuild` where the cached head is missing; the answer comes from the database then.

    Three round trips when warm, whatever the number of posts and followees: the head, the rows, their authors.
    """

    async def candidates(after: Position | None, limit: int) -> list[tuple[Position, int]]:
        head, floor = await timeline.head(reader_id, after, limit)
        if floor == math.inf and after is None:
            rebuild()
        places = [(place, place[1]) for place in head]
        if floor > -math.inf and floor != 0:
            authors = await graph.wanted(db, reader_id)
            below = _below(floor, after)
            places += await newest_of_authors(db, authors, below, limit - len(places))
        return places

    async def hydrate(ids: Sequence[int]) -> list[Post | None]:
        posts = await load_posts(ids)
        authors = await load_users([post.author_id for post in posts if post is not None])
        shown = {author.id for author in authors if author is not None and privacy.wants(author)}
        return [post if post is not None and post.author_id in shown else None for post in posts]

    return await fill(request, candidates, hydrate)


def _below(floor: float, after: Position | None) -> Position | None:
    """Where the database goes on: beyond the cursor, and at the floor or below it."""
    if floor == math.inf:
        return after
    top = (int(floor), 2**63 - 1)
    return top if after is None else min(after, top)
