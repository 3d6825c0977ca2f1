"""Fan-out: updates of cached feeds after posts and follows. Every handler is idempotent.

They look at the present state of the database, not at what an event claims, and look again after having pushed: what
was deleted or unfollowed meanwhile is removed by the handler that finishes last.

Work for many readers is done in batches: a handler returns the rest of its event, which goes to the end of the queue.
So the death of a worker costs one batch, and no author waits for all the followers of another author.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from clients.postgres import Database
from clients.redis import Redis
from domain.events import (
    Event,
    FanoutModeChanged,
    FollowChanged,
    PostDeleted,
    PostPublished,
    Recorded,
    StoryDeleted,
    StoryPublished,
)
from domain.feed import delivery_mode
from domain.feed.reads import place
from domain.feed.timeline import Timeline, of_author, of_reader
from domain.graph.reads import followers_after
from domain.posts import cache
from domain.stories import live

CHUNK = 500

_DROPS_LIVE_STORIES = "drops the set of the author's live stories"
EFFECTS: dict[type[Recorded], str] = {
    PostPublished: "adds the post to the cached feeds of the author and of each follower, or to the author's set in "
    "fan-out-on-read mode",
    PostDeleted: "removes the post from the sets that it was added to",
    FollowChanged: "adds the followee's newest posts to the follower's cached feed, or removes them",
    FanoutModeChanged: "converts the cached feeds of the author's followers",
    StoryPublished: _DROPS_LIVE_STORIES,
    StoryDeleted: _DROPS_LIVE_STORIES,
}
"""What `Fanout.apply` does with an event, for docs/events.md."""

E = TypeVar("E", PostPublished, PostDeleted)


@dataclass(frozen=True)
class Fanout:
    """`limit` is the follower count of fan-out on read; `pushed` is called after each chunk of readers.

    A batch is 10 chunks of 500 readers.
    """

    db: Database
    redis: Redis
    timeline: Timeline
    limit: int
    pushed: Callable[[], None] = lambda: None
    chunk: int = CHUNK
    chunks: int = 10

    async def apply(self, event: Event) -> Event | None:
        """Update the feeds that `event` affects; return the rest of the event."""
        match event:
            case PostPublished():
                if not event.after:
                    await delivery_mode.update_fanout_mode(self.db, event.author_id, self.limit)
                return await self._publish(await self._this_way(event))
            case PostDeleted():
                if not event.after:
                    # The process that deleted it did so too, unless it died right after the commit.
                    await cache.forget(self.redis, event.post_id)
                return await self._delete(await self._this_way(event))
            case FollowChanged():
                await delivery_mode.keep(self.db, self.timeline, event.followee_id, [event.follower_id])
                return None
            case FanoutModeChanged():
                return await self._turn(event)
            case StoryPublished() | StoryDeleted():
                await live.forget(self.redis, live.of_author(event.author_id))
                return None
        return None

    async def _publish(self, event: PostPublished) -> PostPublished | None:
        found = await place(self.db, event.post_id)
        touched: list[str] = []
        async for keys, after in self._stretch(event):
            if found:
                await self.timeline.push(keys, [found])
                self.pushed()
            touched += keys
            event = msgspec.structs.replace(event, after=after)
        if found is None or await place(self.db, event.post_id) is None:
            await self.timeline.remove(touched, [event.post_id])
        return event if event.after else None

    async def _delete(self, event: PostDeleted) -> PostDeleted | None:
        async for keys, after in self._stretch(event):
            await self.timeline.remove(keys, [event.post_id])
            event = msgspec.structs.replace(event, after=after)
        return event if event.after else None

    async def _turn(self, event: FanoutModeChanged) -> FanoutModeChanged | None:
        if not event.after:
            # It is from an earlier time in fan-out-on-read mode, and was not updated since.
            await self.timeline.forget(of_author(event.author_id))
        for _ in range(self.chunks):
            followers = await followers_after(self.db, event.author_id, event.after, self.chunk)
            if not followers:
                return None
            readers = [reader for _, reader in followers]
            await delivery_mode.keep(self.db, self.timeline, event.author_id, readers)
            self.pushed()
            event = FanoutModeChanged(event.author_id, followers[-1][0])
        return event

    async def _this_way(self, event: E) -> E:
        """The event, to be started again if the delivery mode of the author has changed since it was started."""
        is_fanout_on_read = await delivery_mode.is_fanout_on_read(self.db, event.author_id)
        return (
            event
            if event.is_fanout_on_read == is_fanout_on_read
            else msgspec.structs.replace(event, is_fanout_on_read=is_fanout_on_read, after=0)
        )

    async def _stretch(self, event: PostPublished | PostDeleted) -> AsyncIterator[tuple[list[str], int]]:
        """Yield the feeds that the post belongs in, chunk by chunk, each with the start of the next: 0 after the last.

        The author's own, then of all followers (new followers are handled by FollowChanged), or where
        the author is pulled, of those to whom posts are pushed anyway.
        """
        keys = [] if event.after else [of_reader(event.author_id)]
        if event.is_fanout_on_read and not event.after:
            keys.append(of_author(event.author_id))
        after = event.after
        for _ in range(self.chunks):
            if event.is_fanout_on_read:
                readers = await delivery_mode.fanout_exceptions_after(self.db, event.author_id, after, self.chunk)
                last = readers[-1] if readers else 0
            else:
                followers = await followers_after(self.db, event.author_id, after, self.chunk)
                readers = [reader for _, reader in followers]
                last = followers[-1][0] if followers else 0
            after = last if len(readers) == self.chunk else 0
            yield keys + [of_reader(reader) for reader in readers], after
            keys = []
            if not after:
                return
