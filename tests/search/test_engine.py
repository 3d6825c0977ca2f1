"""The contract of a search engine: what `clients.search` promises, of whatever serves it."""

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from clients.search import MAX_HITS, Change, Document, Query, SearchAway, SearchEngine, Word
from embedded.search import Search
from kit import terms
from tests.search import slow
from tests.support.client import until
from tests.support.search_documents import document

LETTERS = "abcde"
"""So few that words are often typos of each other."""


async def ids(engine: SearchEngine, query: Query) -> list[int]:
    return (await engine.find(query)).ids


async def test_random_edits_are_found_as_by_looking_at_everything(engine: SearchEngine) -> None:
    draw = random.Random(1)

    def word() -> str:
        return "".join(draw.choices(LETTERS, k=draw.randint(1, 11)))

    there: dict[int, Document] = {}
    for turn in range(10):
        fresh = [
            document(
                id,
                *{word() for _ in range(draw.randint(1, 4))},
                names=(f"name{id}",),
                restricted_words=(word(),) if draw.random() < 0.2 else (),
                labels=tuple(label for label in ("#a", "#b") if draw.random() < 0.3),
                place=draw.randrange(10**6) * 5000 + id,
            )
            for id in draw.sample(range(1, 5001), 500 if turn else 4000)
        ]
        gone = draw.sample(range(1, 5001), 100 if turn else 0)
        await engine.apply([Change("people", tuple(fresh), ()), Change("people", (), tuple(gone))])
        there |= {each.id: each for each in fresh}
        for id in gone:
            there.pop(id, None)
        for _ in range(6):
            words = tuple(Word(word(), draw.random() < 0.5, draw.choice((0, 1, 2))) for _ in range(draw.randint(1, 2)))
            query = Query(
                "people",
                words,
                Word("".join(each.text for each in words), True, 1) if draw.random() < 0.3 else None,
                f"name{draw.randint(1, 5000)}" if draw.random() < 0.3 else "",
                labels=("#a",) if draw.random() < 0.3 else (),
                is_restricted=draw.random() < 0.3,
                before=draw.randrange(10**6) * 5000 if draw.random() < 0.2 else None,
                since=draw.randrange(10**6) * 5000 if draw.random() < 0.2 else None,
                limit=MAX_HITS,
            )
            exact, near = await asyncio.to_thread(slow.find, there.values(), query)
            hits = await engine.find(query)
            assert len(set(hits.ids)) == len(hits.ids)
            found = set(hits.ids[: hits.exact])
            assert found <= exact
            assert len(found) == min(len(exact), MAX_HITS), query
            assert set(hits.ids[hits.exact :]) <= near - exact
            assert len(hits.ids) == min(len(exact | near), MAX_HITS), query
    assert (await engine.state()).documents["people"] == len(there)
    assert await engine.digests("people", 1000, 3000) == {id: id for id in there if 1000 < id <= 3000}


async def test_hits_are_ordered_and_limited(engine: SearchEngine) -> None:
    documents = [document(id, "word", weight=id % 5, place=1000 - id) for id in range(1, 51)]
    await engine.apply([Change("posts", tuple(documents), ())])
    heaviest = await ids(engine, Query("posts", (Word("word"),), limit=20))
    assert [id % 5 for id in heaviest] == [4] * 10 + [3] * 10
    hits = await engine.find(Query("posts", (Word("word"),), order="place", limit=2))
    assert hits.places == [999, 998]
    assert await ids(engine, Query("posts", (Word("word"),), order="place", limit=3)) == [1, 2, 3]
    assert await ids(engine, Query("posts", (Word("word"),), order="place", before=998, limit=2)) == [3, 4]
    assert await ids(engine, Query("people", (Word("word"),))) == [], "indexes are apart"


async def test_a_new_generation_takes_the_place_of_the_other_at_once(engine: SearchEngine) -> None:
    await engine.apply([Change("people", (document(1, "old"),), ())])
    await engine.begin("next")
    await engine.apply([Change("people", (document(2, "both"),), ())])
    assert await ids(engine, Query("people", (Word("old"),))) == [1]
    assert await ids(engine, Query("people", (Word("both"),))) == [2]
    assert (await engine.state()).version == "test"
    await engine.switch()
    assert (await engine.state()).version == "next"
    assert await ids(engine, Query("people", (Word("old"),))) == []
    assert await ids(engine, Query("people", (Word("both"),))) == [2]


async def test_what_was_committed_survives_kills(engine: SearchEngine, part: Search) -> None:
    for turn in range(1, 6):
        await engine.apply([Change("people", (document(turn, f"turn{turn}"),), ())])
        writing = asyncio.create_task(engine.apply([Change("people", (document(100 + turn, "more"),), ())]))
        await asyncio.sleep(0)
        part.process.kill()
        await asyncio.gather(writing, return_exceptions=True)
        part.start()
        part.wait()
        (part.directory / "STARTS").unlink()  # as after a minute of service
        found = await until(lambda: whole(engine), lambda found: found is not None)
        assert found is not None
        assert set(range(1, turn + 1)) <= set(found)


async def whole(engine: SearchEngine) -> dict[int, int] | None:
    try:
        return await engine.digests("people", 0, 1000)
    except SearchAway:
        return None


@pytest.mark.parametrize("damage", ["truncated", "deleted", "overwritten"])
async def test_damaged_files_end_in_an_empty_index_not_in_a_lasting_failure(
    engine: SearchEngine, part: Search, damage: str
) -> None:
    await engine.apply([Change("people", tuple(document(id, "word") for id in range(1, 2001)), ())])
    for file in part.directory.glob("test-*/people/*"):
        if damage == "deleted":
            file.unlink()
        elif damage == "truncated":
            os.truncate(file, file.stat().st_size // 2)
        else:
            file.write_bytes(os.urandom(file.stat().st_size))

    async def restarted() -> str:
        """As the supervisor does: what has ended is started again."""
        try:
            await engine.find(Query("people", (Word("word"),)))
            await engine.apply([Change("people", (document(1, "word"),), ())])
        except SearchAway as away:
            if not part.process.running:
                part.start()
            return str(away)
        return ""

    if damage == "deleted":
        part.process.kill()  # until then the open files serve on
    answer = await until(restarted, lambda said: said == "" or "no generation" in said, 30)
    if "no generation" in answer:
        await engine.begin("again")
        await engine.switch()
    await engine.apply([Change("people", (document(7, "again"),), ())])
    assert await ids(engine, Query("people", (Word("again"),))) == [7]


async def test_an_engine_that_hangs_costs_one_wait(engine: SearchEngine, part: Search) -> None:
    os.kill(part.process.pid, 19)
    began = time.monotonic()
    for _ in range(20):
        with pytest.raises(SearchAway):
            await engine.find(Query("people", (Word("a"),)))
    assert time.monotonic() - began < 4
    os.kill(part.process.pid, 18)
    assert await until(lambda: whole(engine), lambda found: found is not None) == {}


def test_two_engines_do_not_share_a_folder(part: Search, tmp_path: Path) -> None:
    other = Search(part.directory, tmp_path / "other")
    other.start()
    for _ in range(200):
        if not other.process.running:
            break
        time.sleep(0.05)
    assert not other.process.running
    assert part.process.running


async def test_a_client_may_be_any_program(part: Search) -> None:
    """Frames that are no requests are refused, or end that connection; others go on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", part.port)
    writer.write((5).to_bytes(4) + b"hello")
    length = int.from_bytes(await reader.readexactly(4))
    assert b"not a request" in await reader.readexactly(length)
    writer.write((2**31).to_bytes(4))
    assert await reader.read() == b""
    writer.close()
    engine = SearchEngine(part.url)
    assert (await engine.state()).version == ""
    await engine.close()


def test_terms_of_what_people_write() -> None:
    for text, expected in (
        ("Jané DOE’s café", ["jane", "does", "cafe"]),
        ("東京タワー 2024", ["東京", "京タ", "タワ", "ワー", "2024"]),
        ("京", ["京"]),
        ("ＦＵＬＬ width", ["full", "width"]),
        ("straße Łódź İstanbul", ["strasse", "lodz", "istanbul"]),
        ("한국어", ["한국어"]),
        ("שָׁלוֹם", ["שלום"]),
        ("👩‍👩‍👧 👍🏽 🇩🇪", ["👩👩👧", "👍", "🇩🇪"]),
        ("#sun_set jane.doe_x", ["sun", "set", "jane", "doe", "x"]),
        ("\ud800 *", []),
    ):
        assert [term.text for term in terms.terms_of_query(text)] == expected, text
