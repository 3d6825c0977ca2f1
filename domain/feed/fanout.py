"""Keeping cached feeds in step with posts and follows. Every handler may run twice, late or beside another.

They look at the present state of the database, not at what an event claims, and look again after having pushed: what
was deleted or unfollowed meanwhile is taken out by whoever is last.
"""

from collections.abc import AsyncIterator, Callable

from clients.postgres import Queries
from clients.redis import Redis
from domain import events
from domain.feed.timeline import CAPACITY, Timeline
from domain.graph.reads import followers_after, wants
from domain.posts import cache
from domain.posts.reads import newest_of_authors
from domain.posts.rows import milliseconds
from kit.cursor import Position

CHUNK = 500


async def apply(db: Queries, redis: Redis, event: events.Event, pushed: Callable[[], None] = lambda: None) -> None:
    """Bring the feeds that `event` touches up to date. `pushed` is called when a chunk of readers has a new post."""
    timeline = Timeline(redis)
    match event:
        case events.PostPublished():
            await _published(db, timeline, event.post_id, event.author_id, pushed)
        case events.PostDeleted():
            # Whoever deleted it did so too, unless they died right after the commit.
            await cache.forget(redis, event.post_id)
            await _deleted(db, timeline, event.post_id, event.author_id)
        case events.FollowChanged():
            await _follow_changed(db, timeline, event.follower_id, event.followee_id)


async def _published(db: Queries, timeline: Timeline, post_id: int, author_id: int, pushed: Callable[[], None]) -> None:
    async for readers in _readers(db, author_id):
        place = await _place(db, post_id)
        if place is None:
            break
        await timeline.push(readers, [place])
        pushed()
    if await _place(db, post_id) is None:
        await _deleted(db, timeline, post_id, author_id)


async def _deleted(db: Queries, timeline: Timeline, post_id: int, author_id: int) -> None:
    async for readers in _readers(db, author_id):
        await timeline.remove(readers, [post_id])


async def _follow_changed(db: Queries, timeline: Timeline, follower_id: int, followee_id: int) -> None:
    newest = [place for place, _ in await newest_of_authors(db, [followee_id], None, CAPACITY)]
    if await wants(db, follower_id, followee_id):
        await timeline.merge(follower_id, newest)
    if not await wants(db, follower_id, followee_id):
        await timeline.remove([follower_id], [id for _, id in newest])


async def _readers(db: Queries, author_id: int) -> AsyncIterator[list[int]]:
    """The author, then everybody who follows them, in chunks. Whoever begins to follow meanwhile is FollowChanged's."""
    yield [author_id]
    last = 0
    while chunk := await followers_after(db, author_id, last, CHUNK):
        yield [follower for _, follower in chunk]
        last = chunk[-1][0]


async def _place(db: Queries, post_id: int) -> Position | None:
    published_at = await db.fetchval("SELECT published_at FROM posts WHERE id = $1", post_id)
    return (milliseconds(published_at), post_id) if published_at else None
