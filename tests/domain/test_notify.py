"""Whom a notifier tells, by what the database says when it looks."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from clients import postgres
from clients.postgres import Database
from domain import events
from domain.graph.rows import Kind as Relation
from domain.notifications import reads
from domain.notifications.notify import Notifier
from kit import clock
from tests.support.factories import people, published
from workers.parts import Parts


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    """A database whose events nobody else applies."""
    opened = await postgres.connect(spare_database, size=3)
    yield opened
    await opened.close()


async def comment(db: Database, post_id: int, author_id: int, *mentioned: int) -> int:
    number: int = await db.fetchval(
        """
        INSERT INTO comments (id, post_id, author_id, text, created_at) VALUES (next_id(0), $1, $2, 'x', now())
        RETURNING id
        """,
        post_id,
        author_id,
    )
    await db.execute(
        """
        INSERT INTO mentions (id, source_id, user_id, position)
        SELECT next_id(0), $1, u, 0 FROM unnest($2::bigint[]) u
        """,
        number,
        mentioned,
    )
    return number


async def told(db: Database) -> list[tuple[int, str]]:
    return [(row[0], row[1]) for row in await db.fetch("SELECT user_id, kind FROM notifications ORDER BY id")]


async def test_comment_that_the_owner_hides_notifies_nobody(db: Database, parts: Parts) -> None:
    """The owner has blocked its author since it was written."""
    ada, eve, bob = await people(db, 3)
    post, _ = await published(db, parts.redis, ada)
    said = await comment(db, post.id, eve, bob)
    await db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(0), $1, $2, $3)", ada, eve, Relation.BLOCK
    )
    await Notifier(db, parts.live).apply(events.CommentAdded(said))
    assert await told(db) == []


@pytest.mark.parametrize("is_private", [False, True])
async def test_comment_is_told_to_those_who_may_see_it(db: Database, parts: Parts, is_private: bool) -> None:
    ada, eve, bob = await people(db, 3)
    post, _ = await published(db, parts.redis, ada)
    await db.execute("UPDATE users SET is_private = $2 WHERE id = $1", ada, is_private)
    said = await comment(db, post.id, eve, bob)
    await Notifier(db, parts.live).apply(events.CommentAdded(said))
    expected = {(ada, "COMMENT")} if is_private else {(ada, "COMMENT"), (bob, "MENTION")}
    assert set(await told(db)) == expected


async def test_what_is_to_come_is_not_read(db: Database) -> None:
    [ada] = await people(db, 1)
    assert await reads.mark_read(db, ada, clock.now() + timedelta(days=1))
    up_to = await reads.read_up_to(db, ada)
    assert up_to is not None
    assert up_to <= clock.now() + timedelta(minutes=1)
    assert not await reads.mark_read(db, ada, up_to - timedelta(hours=1)), "reading does not go back"
    assert await reads.read_up_to(db, ada) == up_to
