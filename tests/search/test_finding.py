"""Candidates that the domain takes from a real engine."""

from typing import Any

import pytest

from clients.search import Change, Document, Index, SearchAway, SearchEngine
from domain.search import wording
from domain.search.finding import Finder
from domain.search.wording import Wording
from kit.cursor import Position
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
