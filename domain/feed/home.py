"""The home feed: published posts by the reader and by users whom they follow and do not mute.

A page is made in stages:

1. Skeleton: IDs and instants of publication of the next posts, from the reader's cached set and the sets of authors in
   fan-out-on-read mode (`timeline`, `hot_author_cache`); from PostgreSQL where the sets do not reach.
2. Order: newest first; or ranked: the newest 500 by their value to the reader (`ranking`), in the order of the moment
   when the first page was read (`snapshots`), then the rest by time.
3. Hydration: rows and what the query asks of them (`domain.viewer.posts.hydrate`).
4. Rules: what the viewer may see (`domain.privacy`), and still wants to see in the feed.
5. Presentation: `resolvers.feed`.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

import numpy as np

from clients.postgres import Database
from clients.redis import Pipeline, Redis, is_away
from domain import privacy
from domain.accounts.rows import User
from domain.feed import delivery_mode, features, ranking, snapshots
from domain.feed.affinity import affinities_of
from domain.feed.hot_author_cache import HotAuthorCache, newest
from domain.feed.ranking import FOLLOWED, OWN
from domain.feed.ranking_models import Current
from domain.feed.reads import newest_wanted, newest_wanted_with_features
from domain.feed.rebuild import rebuild_author, rebuild_reader
from domain.feed.snapshots import REASONS, Snapshot
from domain.feed.timeline import CAPACITY, Timeline, of_reader
from domain.posts.rows import Post
from kit.background import Background
from kit.clock import epoch_ms
from kit.cursor import Position
from kit.errors import Overloaded
from kit.gate import Gate, Priority
from kit.paging import Page, Request, fill

MIN_CACHED_POSTS = 100
"""With at least this many posts in the sets, those are ranked; with fewer the database is asked for 500."""


COLD_QUERIES = 4
"""The maximum number of concurrent feed queries to PostgreSQL in a process, for feeds without a usable set.

After Redis was emptied all readers are cold at once, and each such query costs PostgreSQL as much as many warm pages.
"""
MAX_COLD_WAITERS = 64
COLD_WAIT_S = 1.0


class LoadPosts(Protocol):
    """Load posts that the reader may see; None in the place of others.

    Sends the commands `beside` in the same round trip.
    """

    async def __call__(  # noqa: D102
        self, ids: Sequence[int], *, beside: Callable[[Pipeline], None] | None = None
    ) -> list[Post | None]: ...


Build = Callable[[Database, Timeline, int], Awaitable[object]]
LoadUsers = Callable[[Sequence[int]], Awaitable[list[User | None]]]


class Home:
    """Reads feeds. One for each process."""

    def __init__(
        self,
        db: Database,
        redis: Redis,
        timeline: Timeline,
        hot_authors: HotAuthorCache,
        background: Background,
        models: Current,
    ) -> None:
        self._db = db
        self._redis = redis
        self._timeline = timeline
        self._hot_authors = hot_authors
        self._background = background
        self._models = models
        self._kept = features.Kept()
        self._refilling: set[int] = set()
        self._cold = Gate("cold feeds", COLD_QUERIES, max_waiters=MAX_COLD_WAITERS, max_wait_s=COLD_WAIT_S)

    async def by_time(
        self, reader_id: int, request: Request, *, load_posts: LoadPosts, load_users: LoadUsers
    ) -> Page[Post]:
        """A page of the feed, newest first. Positions are (ms, id).

        Warm it costs two round trips to Redis, the sets and the rows, and whatever `load_posts` asks of the database.
        """

        async def candidates(after: Position | None, limit: int) -> list[tuple[Position, int]]:
            return [(place, place[1]) for place in await self.skeleton(reader_id, after, limit)]

        async def hydrate(ids: Sequence[int]) -> list[Post | None]:
            return await _apply_rules(await load_posts(ids), load_users)

        return await fill(request, candidates, hydrate)

    async def ranked(
        self, reader_id: int, request: Request, now: datetime, *, load_posts: LoadPosts, load_users: LoadUsers
    ) -> Page[Post]:
        """Return a page of the ranked feed. Positions are those of a snapshot, and (0, 0, ms, id, reason) below it.

        After the snapshot expires, pagination continues in chronological order, below the earliest post shown.
        A warm page costs one round trip more than by time: the features of 500 posts.
        """
        shown: Snapshot | None = None
        made: Snapshot | None = None

        async def candidates(after: Position | None, limit: int) -> list[tuple[Position, int]]:
            nonlocal shown, made
            if after is None:
                shown = made = await self._order(reader_id, now)
                return await go_on(0, limit)
            token, place, ms, id, _ = after
            if token and (shown is None or shown.token != token):
                shown = await snapshots.find(self._redis, reader_id, token)
            if token and shown is not None:
                return await go_on(place + 1, limit)
            return await below((ms, id), limit)

        async def go_on(start: int, limit: int) -> list[tuple[Position, int]]:
            assert shown is not None
            found = shown.places(start, limit)
            if len(found) < limit and not shown.is_all:
                found += await below(shown.bottom, limit - len(found))
            return found

        async def below(place: Position, limit: int) -> list[tuple[Position, int]]:
            code = REASONS.index(FOLLOWED)
            return [((0, 0, *place, code), place[1]) for place in await self.skeleton(reader_id, place, limit)]

        async def hydrate(ids: Sequence[int]) -> list[Post | None]:
            nonlocal made
            beside = partial(snapshots.keep, reader_id=reader_id, made=made) if made else None
            made = None
            return await _apply_rules(await load_posts(ids, beside=beside), load_users)

        return await fill(request, candidates, hydrate)

    async def skeleton(self, reader_id: int, after: Position | None, limit: int) -> list[Position]:
        """Return the positions of the next `limit` posts after `after`, by time; fewer if there are no more.

        PostgreSQL answers what the cached sets cannot; a missing set is rebuilt in the background.
        """
        places, floor = await self._cached_skeleton(reader_id, after, limit)
        if len(places) < limit and floor > 0:
            top = (int(min(floor, 2**53 - 1)), 2**63 - 1)
            below = top if after is None else min(after, top)
            async with self._cold.enter():
                places += await newest_wanted(self._db, reader_id, below, limit - len(places))
        return places

    async def _cached_skeleton(
        self, reader_id: int, after: Position | None, limit: int
    ) -> tuple[list[Position], float]:
        """Return (at most `limit` positions after `after` in the cached sets; the instant below which they are
        incomplete).
        """
        [own] = await self._timeline.heads([of_reader(reader_id)], after, limit)
        floor = own.floor
        if floor == math.inf:
            self._background.spawn(self._rebuild(reader_id), "feed rebuild")
        elif floor > 0 and len(own.places) < MIN_CACHED_POSTS < limit:
            self._background.spawn(self._refill(reader_id), "feed rebuild")
        if not own.pulls:
            return list(own.places), floor
        parts = [np.array(own.places, np.int64).reshape(-1, 2)]
        for author_id, (places, level) in zip(own.pulls, await self._hot_authors.heads(own.pulls), strict=True):
            if level == math.inf:
                self._background.spawn(self._mend(reader_id, author_id), "set of an author")
            floor = max(floor, level)
            parts.append(places)
        return newest(parts, after, floor, limit), floor

    async def _rebuild(self, reader_id: int) -> None:
        """Rebuild the missing set of a reader. Without capacity, or Redis, the next read tries again.

        It goes before the pages that readers wait for: only a rebuilt set needs no cold queries.
        """
        await self._build(rebuild_reader, reader_id)

    async def _refill(self, reader_id: int) -> None:
        """Rebuild a set that removals have thinned.

        It stays in use until there is capacity: readers without a set would need cold queries.
        """
        if reader_id in self._refilling:
            return
        self._refilling.add(reader_id)
        try:
            await self._build(rebuild_reader, reader_id, replaces=True)
        finally:
            self._refilling.discard(reader_id)

    async def _mend(self, reader_id: int, author_id: int) -> None:
        """Rebuild the missing set of an author in fan-out-on-read mode. For other authors, stop merging it instead."""
        if is_away(self._redis):
            return
        if not await delivery_mode.is_fanout_on_read(self._db, author_id):
            await delivery_mode.keep(self._db, self._timeline, author_id, [reader_id])
            return
        await self._build(rebuild_author, author_id)

    async def _build(self, build: Build, owner_id: int, *, replaces: bool = False) -> None:
        """Build a set if there is capacity and Redis answers; one that `replaces` another drops that first.

        If it fails, the next read tries again.
        """
        if is_away(self._redis):
            return
        try:
            async with self._cold.enter(Priority.HIGH):
                if replaces:
                    await self._timeline.forget(of_reader(owner_id))
                await build(self._db, self._timeline, owner_id)
        except Overloaded:
            return

    async def _order(self, reader_id: int, now: datetime) -> Snapshot:
        """Return the newest posts, ordered by their present value to the reader."""
        places, floor = await self._cached_skeleton(reader_id, None, CAPACITY)
        known, is_all = None, floor == 0 and len(places) < CAPACITY
        if is_all or len(places) >= MIN_CACHED_POSTS:
            known = await features.known(self._db, self._redis, self._kept, reader_id, places)
            if gone := {id for _, id in places}.difference(known.candidates.ids.tolist()):
                clearing = self._timeline.remove([of_reader(reader_id)], list(gone))
                self._background.spawn(clearing, "clearing of a set")
        if known is None or (not is_all and len(known.candidates.ids) < MIN_CACHED_POSTS):
            async with self._cold.enter():
                rows = await newest_wanted_with_features(self._db, reader_id, CAPACITY)
            known, is_all = features.of_rows(rows), len(rows) < CAPACITY
        if not known.affinities_known and not is_away(self._redis):
            self._background.spawn(self._learn_affinities(reader_id, now), "ties")
        posts, at = known.candidates, epoch_ms(now)
        scores = ranking.score(posts, self._models.get(), at)
        why = ranking.reasons(posts, scores, reader_id)
        ids, ms = posts.ids.tolist(), posts.published_ms.tolist()
        return snapshots.snapshot(at, [(ids[n], ms[n], why[n]) for n in ranking.order(posts, scores)], is_all=is_all)

    async def _learn_affinities(self, reader_id: int, now: datetime) -> None:
        await features.keep_affinities(self._redis, reader_id, await affinities_of(self._db, reader_id, now))


def reason(post: Post, position: Position, reader_id: int) -> str:
    """Return the reason of the post at that position of a feed: one of REASONS."""
    if post.author_id == reader_id:
        return OWN
    return REASONS[position[4]] if len(position) == 5 else FOLLOWED


async def _apply_rules(posts: Sequence[Post | None], load_users: LoadUsers) -> list[Post | None]:
    """Return `posts` whose authors the reader still follows and does not mute; None in the place of others.

    `load_posts` has left out what the viewer may not see.
    """
    authors = await load_users([post.author_id for post in posts if post is not None])
    wanted = {author.id for author in authors if author is not None and privacy.wants(author)}
    return [post if post is not None and post.author_id in wanted else None for post in posts]
