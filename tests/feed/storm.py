"""Simulates small networks in which everything happens at once, and computes their feeds from the database alone."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from clients.postgres import Database
from clients.redis import Redis
from domain import events
from domain import relationships as graph
from domain.accounts import reads as accounts
from domain.feed.fanout import Fanout
from domain.feed.home import Home
from domain.feed.hot_author_cache import HotAuthorCache
from domain.feed.ranking_models import Current
from domain.feed.timeline import Timeline, of_reader
from domain.graph.locks import RelationshipChanged
from domain.graph.rows import Kind
from domain.messages.reads import Messages
from domain.messages.sealing import Keys
from domain.posts import actions as posts
from domain.posts.reads import Posts
from domain.viewer.viewer import Viewer
from kit import clock
from kit.background import Background
from kit.cursor import Position
from kit.errors import UserErrors
from kit.paging import Request
from tests.support.factories import people
from tests.support.viewers import reader

PEOPLE = 7
LIMIT = 3
DAY = datetime(2026, 6, 1, tzinfo=UTC)

_POST = """
INSERT INTO posts (id, author_id, status, caption, created_at, published_at)
VALUES (next_id(1), $1, 'PUBLISHED', '', $2, $2) RETURNING id"""


class Killed(Exception):
    """A worker died at this point."""


@dataclass
class Walk:
    """A reader on the way through their feed, page after page."""

    reader: int
    first: int
    must_see: set[int]
    seen: list[int] = field(default_factory=list)
    after: Position | None = None
    disturbed: bool = False


class FeedSimulation:
    """People, and workers that die, repeat themselves and come in any order."""

    def __init__(self, db: Database, redis: Redis, seed: int) -> None:
        self.db = db
        self.redis = redis
        self.random = random.Random(seed)
        self.background = Background()
        self.log: list[str] = []
        self.people: list[int] = []
        self._pool: list[events.Event] = []
        self._walks: list[Walk] = []
        self._watched: list[Walk] = []
        self._settled: set[int] = set()
        self._deleted: set[int] = set()
        self._touched: set[int] = set()
        self._now = 0.0
        self.timeline = Timeline(redis, capacity=6, pulls=1)
        self._posts = Posts(db, redis)
        self._messages = Messages(db, Keys({"storm": bytes(32)}))
        self._homes = [self._home() for _ in range(2)]

    def _home(self) -> Home:
        hot_authors = HotAuthorCache(self.timeline, self.background, lambda: self._now)
        return Home(self.db, self.redis, self.timeline, hot_authors, self.background, Current(self.db, self.background))

    async def begin(self) -> None:
        """A simulation in which some are pulled already."""
        await self.settle()
        for who in self.random.sample(self.people, 4):
            await self._count(who)
            await self.publish(who)
        await self.quiet()

    async def settle(self, follows: bool = True) -> None:
        """People who have come once, and so have a set."""
        self.people = await people(self.db, PEOPLE)
        if follows:
            await self._grow()
        await self.quiet()
        await asyncio.gather(*(self._homes[0].skeleton(reader, None, 1) for reader in self.people))
        await self.settled()

    async def _grow(self) -> None:
        follows = [
            (reader, author)
            for reader in self.people
            for author in self.random.sample(self.people, 4)
            if reader != author
        ]
        await self.db.executemany(
            "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(1), $1, $2, 1)", follows
        )
        await self.db.executemany(
            _POST.replace("RETURNING id", ""), [(self._anybody(), self._some_time()) for _ in range(12)]
        )

    # What people do

    async def stand(self, act: Callable[..., Coroutine[Any, Any, Any]], one: int, other: int) -> None:
        self._disturb(one, other)
        if one != other:
            [user] = await accounts.users(self.db, one, [other])
            if user is not None:
                with contextlib.suppress(UserErrors, RelationshipChanged):
                    await act(self.db, one, user)
        self._disturb(one, other)

    async def publish(self, author: int = 0) -> int:
        author = author or self._anybody()
        async with self.db.acquire() as tx, tx.transaction():
            id = await tx.fetchval(_POST, author, self._some_time())
            await events.record(tx, events.PostPublished(id, author), author)
            return int(id)

    async def _delete(self) -> None:
        record = await self.db.fetchrow(
            "SELECT id FROM posts WHERE author_id = ANY($1) ORDER BY id % $2 LIMIT 1",
            self.people,
            self.random.randrange(3, 50),
        )
        if record is not None:
            await self.delete(record["id"])

    async def delete(self, post: int) -> None:
        self._deleted.add(post)
        async with self.db.acquire() as tx, tx.transaction():
            await posts.remove(tx, post)

    async def _turn_private(self) -> None:
        await self.db.execute("UPDATE users SET is_private = NOT is_private WHERE id = $1", self._anybody())

    async def _come_or_go(self) -> None:
        who = self._anybody()
        self._disturb(who, None)
        await self.db.execute(
            """
            UPDATE users SET status = CASE status WHEN 'ACTIVE' THEN 'DEACTIVATED' ELSE 'ACTIVE' END WHERE id = $1
            """,
            who,
        )
        self._disturb(who, None)

    async def _count(self, who: int = 0) -> None:
        """The numbers that decide who is pulled become what they should be, for somebody."""
        await self.db.execute(
            """
            UPDATE users SET follower_count = (SELECT count(*) FROM relations WHERE to_id = users.id AND kind = 1)
            WHERE id = $1
            """,
            who or self._anybody(),
        )

    # What happens to the machines

    async def _flush(self) -> None:
        await self.redis.flushdb()

    async def _evict(self) -> None:
        key = await self.redis.randomkey()
        if key is not None:
            await self.redis.delete(key)

    async def _apply(self, kills: bool = True) -> None:
        await self._relay()
        if not self._pool:
            return
        event = self._pool.pop(self.random.randrange(len(self._pool)))
        fate = self.random.random() if kills else 1
        fuse = self.random.randrange(4)

        def pushed() -> None:
            nonlocal fuse
            fuse -= 1
            if fate < 0.3 and fuse < 0:
                raise Killed

        fanout = Fanout(self.db, self.redis, self.timeline, LIMIT, pushed, chunk=2, chunks=self.random.choice([1, 3]))
        try:
            left = await fanout.apply(event)
        except Killed:
            self._pool.append(event)
            return
        if left is not None:
            self._pool.append(left)
        if 0.3 <= fate < 0.4:
            self._pool.append(event)

    async def _relay(self) -> None:
        records = await self.db.fetch(
            # Two at a time, which would wait for each other if they took the same rows in different orders.
            """UPDATE outbox SET sent_at = now() WHERE id IN (
                   SELECT id FROM outbox WHERE sent_at IS NULL AND kind = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED
               ) RETURNING payload""",
            ["PostPublished", "PostDeleted", "FollowChanged", "ReachChanged"],
        )
        self._pool += [events.decode(record["payload"].encode()) for record in records]

    # What readers see

    async def _read(self) -> None:
        """Begin a walk, or go on with one by a page, from whichever process."""
        if len(self._walks) < 3:
            reader = self._anybody()
            # What a change has not brought yet comes late, and late is allowed.
            walk = Walk(reader, self.random.randrange(1, 5), set(), disturbed=reader in self._touched)
            self._watched.append(walk)
            walk.must_see = set(await self.definition(walk.reader)) & self._settled
            self._walks.append(walk)
            return
        walk = self._walks.pop(self.random.randrange(len(self._walks)))
        if await self._step(walk, self.random.choice(self._homes)):
            self._walks.append(walk)

    async def _step(self, walk: Walk, home: Home) -> bool:
        """Read a page; whether there is another."""
        viewer = self._viewer(walk.reader)
        page = await home.by_time(
            walk.reader,
            Request(walk.first, walk.after, lambda position: ""),
            load_posts=partial(viewer.posts.hydrate, asked={}),
            load_users=viewer.users.by_id.load_many,
        )
        walk.seen += [post.id for _, post in page.items]
        walk.after = page.end
        if page.has_next_page:
            return True
        assert len(walk.seen) == len(set(walk.seen)), f"repeated: {walk}"
        skipped = walk.must_see - set(walk.seen) - self._deleted
        assert walk.disturbed or not skipped, f"skipped {skipped}: {walk}"
        return False

    async def ranked(self, reader: int) -> list[int]:
        """The first hundred of the ranked feed."""
        request, posts, people = self._asked(reader)
        page = await self._homes[0].ranked(
            reader, request, DAY + timedelta(days=1), load_posts=posts, load_users=people
        )
        return [post.id for _, post in page.items]

    async def first_page(self, reader: int) -> list[int]:
        """The first hundred by time."""
        request, posts, people = self._asked(reader)
        page = await self._homes[0].by_time(reader, request, load_posts=posts, load_users=people)
        return [post.id for _, post in page.items]

    def _viewer(self, user_id: int) -> Viewer:
        return reader(user_id, db=self.db, posts=self._posts, clock=clock.now)

    def _asked(self, reader: int) -> tuple[Request, Any, Any]:
        viewer = self._viewer(reader)
        return (
            Request(100, None, lambda position: ""),
            partial(viewer.posts.hydrate, asked={}),
            viewer.users.by_id.load_many,
        )

    def _disturb(self, one: int, other: int | None) -> None:
        """What is between these two changes: walks of theirs need not show what was there when they began."""
        self._touched |= {one, other or one}
        for walk in self._watched:
            walk.disturbed = walk.disturbed or other is None or walk.reader in (one, other)

    def _some_time(self) -> datetime:
        """Often the same, and often before what is there."""
        return DAY + timedelta(milliseconds=self.random.randrange(12))

    def _anybody(self) -> int:
        return self.random.choice(self.people)

    async def storm(self, steps: int) -> None:
        """Some of it all at the same time, again and again."""
        for _ in range(steps):
            acts = [self._act() for _ in range(self.random.randrange(1, 5))]
            await asyncio.gather(*acts)

    def _act(self) -> Coroutine[Any, Any, object]:
        acts: Sequence[tuple[float, Callable[[], Coroutine[Any, Any, object]]]] = [
            (6, self.publish),
            (2, self._delete),
            (2, lambda: self.stand(graph.follow, self._anybody(), self._anybody())),
            (1, lambda: self.stand(graph.unfollow, self._anybody(), self._anybody())),
            (1, lambda: self.stand(graph.mute, self._anybody(), self._anybody())),
            (1, lambda: self.stand(graph.unmute, self._anybody(), self._anybody())),
            (0.5, lambda: self.stand(graph.block, self._anybody(), self._anybody())),
            (0.5, lambda: self.stand(graph.unblock, self._anybody(), self._anybody())),
            (0.5, self._turn_private),
            (0.3, self._come_or_go),
            (3, self._count),
            (0.3, self._flush),
            (1, self._evict),
            (10, self._apply),
            (10, self._read),
        ]
        [act] = self.random.choices([act for _, act in acts], [weight for weight, _ in acts])
        self.log.append(getattr(act, "__name__", "stand"))
        return act()

    async def quiet(self) -> None:
        """All that is to be done is done, and what this process kept is stale."""
        await self._relay()
        while self._pool:
            await self._apply(kills=False)
            await self._relay()
        await self.settled()
        self._now += 60
        self._touched = set()
        self._settled = {
            record["id"]
            for record in await self.db.fetch("SELECT id FROM posts WHERE author_id = ANY($1)", self.people)
        }

    async def settled(self) -> None:
        """What goes on in the background has ended."""
        while self.background._tasks:
            await asyncio.wait(self.background._tasks)

    async def check(self) -> None:
        """Every feed is right, with the sets as they are, and after the sets have been rebuilt."""
        for walk in self._walks:
            while await self._step(walk, self._homes[0]):
                pass
        self._walks, self._watched = [], []
        for _ in range(2):
            await asyncio.gather(*map(self._check, self.people))
            await self.settled()

    async def _check(self, reader: int) -> None:
        walk = Walk(reader, self.random.randrange(2, 6), set())
        while await self._step(walk, self._homes[1]):
            pass
        assert walk.seen == await self.definition(reader), reader

    async def set_of(self, id: int, key: Callable[[int], str] = of_reader) -> Sequence[Position]:
        """What is in the set."""
        [head] = await self.timeline.heads([key(id)], None, 1000)
        return head.places

    async def definition(self, reader: int) -> list[int]:
        """The feed by the database, read without any code of the feed's."""
        status = dict(await self.db.fetch("SELECT id, status FROM users WHERE id = ANY($1)", self.people))
        relations = await self.db.fetch(
            "SELECT from_id, to_id, kind FROM relations WHERE from_id = ANY($1)", self.people
        )
        standing = {(record[0], record[1], record[2]) for record in relations}
        authors = {reader} | {
            author
            for author in self.people
            if (reader, author, Kind.FOLLOW) in standing
            and (reader, author, Kind.MUTE) not in standing
            and (author, reader, Kind.BLOCK) not in standing
            and (reader, author, Kind.BLOCK) not in standing
        }
        shown = [author for author in authors if status[author] == "ACTIVE" == status[reader]]
        records = await self.db.fetch(
            "SELECT id, published_at FROM posts WHERE author_id = ANY($1) AND status = 'PUBLISHED'", shown
        )
        return [record["id"] for record in sorted(records, key=lambda r: (r["published_at"], r["id"]), reverse=True)]
