"""Those who want to be told of a story are told a stretch at a time, once, and not of what is gone."""

import pytest

from clients.postgres import Database
from domain.accounts import reads as accounts
from domain.events import Event, StoryDeleted, StoryPublished
from domain.graph import reads as graph
from domain.graph.rows import Kind
from domain.notifications.notify import Notifier
from domain.stories import actions
from domain.stories.rows import LIFE
from tests.support.factories import live_stories, people
from workers.parts import Parts

READERS, BATCH_SIZE = 5, 2


@pytest.fixture
async def author(parts: Parts) -> int:
    """Somebody with a few who want to be told of their stories."""
    author, *readers = await people(parts.db, 1 + READERS)
    for kind in (Kind.FOLLOW, Kind.STORY_NOTIFICATIONS):
        await parts.db.execute(
            "INSERT INTO relations (id, from_id, to_id, kind) SELECT next_id(0), r, $2, $3 FROM unnest($1::bigint[]) r",
            readers,
            author,
            kind,
        )
    return author


async def told(db: Database, story_id: int) -> int:
    """How many notifications of a story there are."""
    count: int = await db.fetchval(
        "SELECT count(*) FROM notifications WHERE kind = 'STORY' AND target_id = $1", story_id
    )
    return count


async def rounds(notifier: Notifier, db: Database, event: Event, story_id: int) -> list[int]:
    """How many were told after each stretch of an event."""
    found = []
    left: Event | None = event
    while left:
        left = await notifier.apply(left)
        found.append(await told(db, story_id))
    return found


async def remove(parts: Parts, story_id: int) -> None:
    async with parts.db.acquire() as tx, tx.transaction():
        assert await actions.remove(tx, story_id)


async def test_many_are_told_a_stretch_at_a_time_and_once(parts: Parts, author: int) -> None:
    notifier, db = Notifier(parts.db, parts.live, BATCH_SIZE), parts.db
    [story_id] = await live_stories(db, [author])
    published = StoryPublished(story_id, author)
    assert await rounds(notifier, db, published, story_id) == [2, 4, 5]
    assert await rounds(notifier, db, published, story_id) == [5, 5, 5]
    assert await db.fetchval("SELECT sum(actor_count) FROM notifications WHERE target_id = $1", story_id) == READERS
    [second] = await live_stories(db, [author])
    assert await rounds(notifier, db, StoryPublished(second, author), second) == [0]
    await remove(parts, story_id)
    assert await rounds(notifier, db, StoryDeleted(story_id, author), story_id) == [3, 1, 0]
    assert await rounds(notifier, db, published, story_id) == [0]


async def test_a_story_is_deleted_while_they_are_told(parts: Parts, author: int) -> None:
    notifier, db = Notifier(parts.db, parts.live, BATCH_SIZE), parts.db
    [story_id] = await live_stories(db, [author])
    left = await notifier.apply(StoryPublished(story_id, author))
    assert left is not None
    assert await told(db, story_id) == 2
    await remove(parts, story_id)
    assert await rounds(notifier, db, left, story_id) == [0], "its deletion may have been told of before"


async def test_nobody_is_told_late_of_what_is_kept(parts: Parts, author: int) -> None:
    notifier, db = Notifier(parts.db, parts.live), parts.db
    [story_id] = await live_stories(db, [author])
    age = "UPDATE stories SET published_at = published_at - $2::interval, due_at = NULL WHERE id = $1"
    await db.execute(age, story_id, LIFE)
    assert await rounds(notifier, db, StoryPublished(story_id, author), story_id) == [0]
    await db.execute(age, story_id, -LIFE)
    assert await rounds(notifier, db, StoryPublished(story_id, author), story_id) == [READERS]


async def test_who_tells_every_day_is_told_of_every_day(parts: Parts, author: int) -> None:
    notifier, db = Notifier(parts.db, parts.live), parts.db
    heard = []
    for _ in range(6):
        [story_id] = await live_stories(db, [author])
        heard += await rounds(notifier, db, StoryPublished(story_id, author), story_id)
        await db.execute(
            "UPDATE stories SET published_at = published_at - interval '12 h' WHERE author_id = $1", author
        )
    assert heard == [READERS, 0] * 3, "the first of a day, though the one before it is live still"


async def test_an_author_is_seen_by_many_as_by_each(parts: Parts, author: int) -> None:
    db = parts.db
    subscribers = await graph.story_subscribers(db, author, 0, READERS)
    readers = [reader for _, reader in subscribers]
    blocked, hidden, *others = readers
    await db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(0), $1, $2, $3)", author, blocked, Kind.BLOCK
    )
    await db.execute("UPDATE users SET status = 'DEACTIVATED' WHERE id = $1", hidden)
    each = [(await accounts.users(db, reader, [author]))[0] for reader in readers]
    assert await accounts.seen_by(db, readers, author) == each
    assert [user is None for user in each] == [True, True] + [False] * len(others)
