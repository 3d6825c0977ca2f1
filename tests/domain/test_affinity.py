"""Who is close to a reader: by what they do, how lately, and what they are to each other."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from clients import postgres
from clients.postgres import Database
from domain.feed.affinity import HALF_LIFE, affinities_of
from domain.graph.rows import Kind
from kit import ids
from tests.support.factories import people, published
from workers.parts import Parts

_numbers = count()
ACTS = {
    "likes": "INSERT INTO likes (id, subject_id, user_id) VALUES ($1, $2, $3)",
    "saves": "INSERT INTO saves (id, post_id, user_id) VALUES ($1, $2, $3)",
    "comments": "INSERT INTO comments (id, post_id, author_id, text, created_at) VALUES ($1, $2, $3, '', now())",
}


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    """Of this test's own: what is written here is counted nowhere."""
    pool = await postgres.connect(spare_database, size=2)
    yield pool
    await pool.close()


async def act(db: Database, table: str, reader: int, post: int, when: datetime) -> None:
    await db.execute(ACTS[table], ids.since(when) + next(_numbers), post, reader)


async def relate(db: Database, one: int, other: int, kind: Kind) -> None:
    await db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(0), $1, $2, $3)", one, other, kind
    )


async def test_affinities(db: Database, parts: Parts) -> None:
    now = datetime.now(UTC)
    reader, *authors = await people(db, 9)
    liked, saved, commented, forgotten, mutual, friend, followed, stranger = authors
    posts = {author: (await published(db, parts.redis, author))[0].id for author in (reader, *authors)}
    await act(db, "likes", reader, posts[liked], now)
    await act(db, "saves", reader, posts[saved], now)
    await act(db, "comments", reader, posts[commented], now)
    await act(db, "likes", reader, posts[reader], now)
    await act(db, "likes", reader, posts[forgotten], now - HALF_LIFE)
    await act(db, "likes", stranger, posts[stranger], now)
    for author in (mutual, followed):
        await relate(db, reader, author, Kind.FOLLOW)
    await relate(db, mutual, reader, Kind.FOLLOW)
    await relate(db, stranger, reader, Kind.FOLLOW)
    await relate(db, reader, friend, Kind.CLOSE_FRIEND)

    affinities = await affinities_of(db, reader, now)
    assert affinities == pytest.approx(
        {friend: 15 / 25, commented: 3 / 13, mutual: 3 / 13, saved: 2 / 12, liked: 1 / 11, forgotten: 0.5 / 10.5},
        rel=1e-6,
    )
    assert next(iter(affinities)) == friend
    assert list(affinities.values()) == sorted(affinities.values(), reverse=True)

    await act(db, "comments", reader, posts[mutual], now)
    assert (await affinities_of(db, reader, now))[mutual] == pytest.approx(6 / 16)
    later = await affinities_of(db, reader, now + HALF_LIFE)
    assert later[liked] == pytest.approx(0.5 / 10.5)
    assert later[friend] == affinities[friend], "what lasts does not fade"


async def test_no_more_than_two_hundred(db: Database) -> None:
    now = datetime.now(UTC)
    reader, *authors = await people(db, 231)
    records = await db.fetch(
        """
        INSERT INTO posts (id, author_id, status, caption, created_at, published_at)
        SELECT next_id(1), a, 'PUBLISHED', '', now(), now() FROM unnest($1::bigint[]) a RETURNING id, author_id
        """,
        authors,
    )
    for n, record in enumerate(records):
        await act(db, "likes", reader, record["id"], now - timedelta(hours=n))
    affinities = await affinities_of(db, reader, now)
    assert list(affinities) == [record["author_id"] for record in records[:200]]
    assert await affinities_of(db, authors[0], now) == {}
