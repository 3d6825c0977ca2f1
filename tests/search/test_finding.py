"""Candidates that the domain takes from a real engine."""

from datetime import UTC, datetime
from typing import Any

import pytest

from clients.postgres import Database
from clients.search import Change, Document, Index, SearchAway, SearchEngine
from domain.accounts.rows import User
from domain.graph.rows import Kind, Relationship
from domain.search import finding, wording
from domain.search.finding import Finder
from domain.search.wording import Wording
from kit.cursor import Position
from tests.support.factories import location, people
from tests.support.search_documents import document


def query(text: str) -> Wording:
    found = wording.read(text)
    assert found is not None
    return found


async def fill(engine: SearchEngine, index: Index, *documents: Document) -> Finder:
    await engine.apply([Change(index, documents, ())])
    database: Any = None  # who is signed out needs none
    return Finder(database, engine)


async def test_exact_username_is_among_many_who_are_more_popular(engine: SearchEngine) -> None:
    namesakes = [document(id, f"maria{id}", weight=100 + id) for id in range(1, 61)]
    finder = await fill(engine, "people", *namesakes, document(99, "maria", names=("maria",), weight=0))
    found = await finder.people(0, query("maria"), 32)
    assert found[0] == 99
    assert len(found) == 33
    assert 99 not in await finder.people(0, query("mari"), 32)


async def test_exact_hashtag_is_among_many_that_are_more_popular(engine: SearchEngine) -> None:
    others = [document(id, f"art{id}", weight=100) for id in range(1, 41)]
    finder = await fill(engine, "hashtags", *others, document(99, "art", names=("art",), weight=0))
    assert (await finder.hashtags(query("#art"), 16))[0] == 99


async def test_pages_by_time_neither_skip_nor_repeat_posts_where_others_match_with_typos(engine: SearchEngine) -> None:
    exact = [document(id, "harbour", place=id * 100) for id in range(1, 6)]
    near = [document(id, "harbuor", place=id * 100 + 50) for id in range(11, 14)]
    finder = await fill(engine, "posts", *exact, *near)
    found: list[int] = []
    after: Position | None = None
    while page := await finder.newest_posts(query("harbour"), None, after, 2):
        found += [id for _, id in page]
        after = page[-1][0]
    assert found == [5, 4, 3, 2, 1]
    assert set(await finder.posts(query("harbour"), None, 200)) == {1, 2, 3, 4, 5, 11, 12, 13}


async def test_an_answer_of_another_kind_is_an_engine_that_is_away(
    engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def exchange(frame: bytes) -> bytes:
        return b"no MessagePack of this protocol"

    monkeypatch.setattr(engine, "_exchange", exchange)
    with pytest.raises(SearchAway):
        await engine.state()


def user(id: int, name: str, *, is_private: bool = False, by_viewer: int = 0, is_viewer: bool = False) -> User:
    relationship = Relationship(is_viewer, True, by_viewer, 0)
    now = datetime(2026, 6, 1, tzinfo=UTC)
    return User(id, name, "Some Body", "", None, is_private, False, "ACTIVE", now, id, 0, 0, relationship)


def test_people_are_shown_by_what_they_are_to_the_viewer() -> None:
    def shown(text: str, *users: User) -> list[int]:
        found = query(text)
        return [each.user.id for each in finding.ranked_people(found, finding.shown_people(found, users), {})]

    private = user(2, "maria.x", is_private=True)
    assert shown("maria", user(1, "maria.y"), private) == [1]
    assert shown("maria.x", private) == [2], "by its whole username"
    assert shown("some", private) == []
    for mine in (
        user(3, "maria.z", is_private=True, by_viewer=Kind.FOLLOW),
        user(4, "maria.z", is_private=True, is_viewer=True),
    ):
        assert shown("maria", mine) == shown("some body", mine) == [mine.id]
    assert shown("maria", user(5, "maria.q", is_private=True, by_viewer=Kind.REQUEST)) == []
    assert shown("maria", user(6, "somebody.else")) == [], "the name has been changed since"
    assert shown("maria", user(9, "mariana"), user(1, "maria")) == [1, 9], "the very name comes first"
    assert shown("mari", user(1, "maria"), user(9, "mariana"), user(3, "mario", by_viewer=Kind.FOLLOW)) == [3, 9, 1]


def test_beginnings_are_taken_literally() -> None:
    assert finding._beginning("a_b%c\\d") == "a\\_b\\%c\\\\d%"


async def test_places_of_people_across_a_block_are_left_out(db: Database) -> None:
    ada, eve, bob = await people(db, 3)
    place = await location(db)
    post = await db.fetchval(
        """
        INSERT INTO posts (id, author_id, status, caption, location_id, created_at, published_at)
        VALUES (next_id(1), $1, 'PUBLISHED', '', $2, now(), now()) RETURNING id
        """,
        ada,
        place,
    )
    finder = Finder(db, None)
    assert await finder.visible_places(eve, [place]) == await finder.visible_places(0, [place]) == [place]
    block = "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(0), $1, $2, $3)"
    await db.execute(block, ada, eve, Kind.BLOCK)
    await db.execute(block, bob, ada, Kind.BLOCK)
    assert await finder.visible_places(eve, [place]) == await finder.visible_places(bob, [place]) == []
    assert await finder.visible_places(0, [place]) == [place]
    await db.execute("UPDATE posts SET status = 'FAILED' WHERE id = $1", post)
    assert await finder.visible_places(0, [place]) == []


async def test_private_and_inactive_accounts_are_not_found_by_their_beginnings_while_the_engine_is_away(
    db: Database,
) -> None:
    public, private, gone = await people(db, 3)
    for number, name in ((public, "maria.public"), (private, "maria.private"), (gone, "maria.gone")):
        await db.execute("UPDATE users SET username = $2 WHERE id = $1", number, name)
    await db.execute("UPDATE users SET is_private = true WHERE id = $1", private)
    await db.execute("UPDATE users SET status = 'DEACTIVATED' WHERE id = $1", gone)
    finder = Finder(db, None)
    assert await finder.people(0, query("maria"), 9) == [public]
    assert await finder.people(0, query("maria.private"), 9) == [private]
    assert await finder.people(0, query("maria.gone"), 9) == []
