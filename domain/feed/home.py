"""The home feed: published posts by the reader and those they follow and do not mute.

Newest first, by (instant of publication, id).
"""

import math
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from itertools import takewhile

from clients.postgres import Database
from domain import privacy
from domain.accounts.rows import User
from domain.feed.pulled import Pulled
from domain.feed.reads import newest_wanted
from domain.feed.rebuild import rebuild_author, rebuild_reader
from domain.feed.timeline import Timeline, of_reader
from domain.posts.rows import Post
from kit.background import Background
from kit.cursor import Position
from kit.paging import Page, Request, fill

LoadPosts = Callable[[Sequence[int]], Awaitable[list[Post | None]]]
LoadUsers = Callable[[Sequence[int]], Awaitable[list[User | None]]]


class Home:
    """Reads feeds. One for each process."""

    def __init__(self, db: Database, timeline: Timeline, pulled: Pulled, background: Background) -> None:
        self._db = db
        self._timeline = timeline
        self._pulled = pulled
        self._background = background

    async def page(
        self, reader_id: int, request: Request, *, load_posts: LoadPosts, load_users: LoadUsers
    ) -> Page[Post]:
        """A page of the feed, by time.

        Three round trips when warm, whatever the number of posts and followees: the head, the rows, their authors.
        """

        async def candidates(after: Position | None, limit: int) -> list[tuple[Position, int]]:
            return [(place, place[1]) for place in await self.places(reader_id, after, limit)]

        async def hydrate(ids: Sequence[int]) -> list[Post | None]:
            posts = await load_posts(ids)
            authors = await load_users([post.author_id for post in posts if post is not None])
            shown = {author.id for author in authors if author is not None and privacy.wants(author)}
            return [post if post is not None and post.author_id in shown else None for post in posts]

        return await fill(request, candidates, hydrate)

    async def places(self, reader_id: int, after: Position | None, limit: int) -> list[Position]:
        """Where the next `limit` posts beyond `after` stand; fewer where there are no more.

        What the sets cannot answer the database does; a set that is missing is made anew meanwhile.
        """
        [own] = await self._timeline.heads([of_reader(reader_id)], after, limit)
        found, floor = set(own.places), own.floor
        if floor == math.inf:
            self._make(rebuild_reader, reader_id)
        lowest = own.places[-1] if len(own.places) >= limit else (0, 0)
        for author_id, head in zip(own.pulls, await self._pulled.heads(own.pulls), strict=True):
            if head.floor == math.inf:
                self._make(rebuild_author, author_id)
            floor = max(floor, head.floor)
            newer = takewhile(lambda place: place > lowest, head.places)
            found.update(place for place in newer if after is None or place < after)
        places = sorted((place for place in found if place[0] > floor), reverse=True)[:limit]
        if len(places) < limit and floor > 0:
            top = (int(min(floor, 2**53 - 1)), 2**63 - 1)
            below = top if after is None else min(after, top)
            places += await newest_wanted(self._db, reader_id, below, limit - len(places))
        return places

    def _make(self, rebuild: Callable[[Database, Timeline, int], Coroutine[None, None, bool]], id: int) -> None:
        self._background.spawn(rebuild(self._db, self._timeline, id), rebuild.__name__)
