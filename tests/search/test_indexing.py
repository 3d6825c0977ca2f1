"""After any events, in any order, lost or repeated, the index is what PostgreSQL says."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from clients.postgres import Database
from clients.search import INDEXES, Change, Index, Query, SearchAway, SearchEngine, Word
from domain import events
from domain.search import documents
from domain.search.indexing import LAST_ID, Indexer
from embedded.search import Search
from tests.support.client import until
from tests.support.factories import people

HISTORIES = 12


async def right(db: Database, index: Index) -> dict[int, int]:
    """The digests that the index should have."""
    ids = await documents.ids_after(db, index, 0, 10_000)
    return {each.id: each.digest for each in await documents.documents(db, index, ids)}


async def indexed(engine: SearchEngine, index: Index) -> dict[int, int]:
    return await engine.digests(index, 0, LAST_ID)


async def sweep(indexer: Indexer) -> None:
    for index in INDEXES:
        after = await indexer.sweep(index, 0)
        while after:
            after = await indexer.sweep(index, after)


class RandomChanges:
    """Random changes of random users and posts, and the events that they cause."""

    def __init__(self, db: Database, seed: int) -> None:
        self.db = db
        self.draw = random.Random(seed)
        self.authors: list[int] = []
        self.posts: list[int] = []
        self.events: list[events.Event] = []

    async def happen(self) -> None:
        author = self.draw.choice(self.authors) if self.authors else 0
        post = self.draw.choice(self.posts) if self.posts else 0
        match self.draw.choice(("person", "name", "private", "status", "publish", "edit", "delete", "like")):
            case "person":
                self.authors += await people(self.db, 1)
                self.events.append(events.PersonChanged(self.authors[-1]))
            case "name":
                name = f"Name {self.draw.randrange(9)}"
                await self.db.execute("UPDATE users SET display_name = $2 WHERE id = $1", author, name)
                self.events.append(events.PersonChanged(author))
            case "private":
                await self.db.execute("UPDATE users SET is_private = NOT is_private WHERE id = $1", author)
                self.events.append(events.PersonChanged(author))
            case "status":
                await self.db.execute(
                    """
                    UPDATE users SET status = CASE status WHEN 'ACTIVE' THEN 'DEACTIVATED' ELSE 'ACTIVE' END
                    WHERE id = $1
                    """,
                    author,
                )
                self.events.append(events.PersonChanged(author))
            case "publish" if author:
                self.posts.append(await self.published(author))
                self.events.append(events.PostPublished(self.posts[-1], author))
            case "edit":
                caption = f"words {self.draw.randrange(9)}"
                await self.db.execute("UPDATE posts SET caption = $2 WHERE id = $1", post, caption)
                self.events.append(events.PostEdited(post, author))
            case "delete":
                await self.db.execute("DELETE FROM taggings WHERE post_id = $1", post)
                await self.db.execute("DELETE FROM posts WHERE id = $1", post)
                self.events.append(events.PostDeleted(post, author))
            case "like":  # no event tells of a count
                await self.db.execute("UPDATE posts SET like_count = like_count + 100 WHERE id = $1", post)

    async def published(self, author: int) -> int:
        place = await self.db.fetchval(
            """
            INSERT INTO locations (id, digest, name) VALUES (next_id(0), $1::varchar, $1::varchar)
            ON CONFLICT (digest) DO UPDATE SET name = excluded.name RETURNING id
            """,
            f"Place {self.draw.randrange(4)}",
        )
        post: int = await self.db.fetchval(
            """
            INSERT INTO posts (id, author_id, status, caption, hashtags, location_id, created_at, published_at)
            VALUES (next_id(1), $1, 'PUBLISHED', 'some words', '{tag}', $2, now(), now()) RETURNING id
            """,
            author,
            place,
        )
        await self.db.execute(
            """
            WITH tag AS (
                INSERT INTO hashtags (id, name) VALUES (next_id(0), 'tag')
                ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id
            )
            INSERT INTO taggings (id, hashtag_id, post_id, author_id, published_at)
            SELECT next_id(0), tag.id, $1, $2, now() FROM tag
            """,
            post,
            author,
        )
        return post


async def test_whatever_happens_to_events_the_index_is_what_postgresql_says(db: Database, engine: SearchEngine) -> None:
    indexer = Indexer(db, engine)
    for seed in range(HISTORIES):
        changes = RandomChanges(db, seed)
        for _ in range(40):
            await changes.happen()
            if changes.draw.random() < 0.2 and changes.events:
                # Late, twice, out of order, side by side; some are lost.
                told = [each for each in changes.events if changes.draw.random() < 0.8] * changes.draw.randint(1, 2)
                changes.draw.shuffle(told)
                await asyncio.gather(*(applied(indexer, event) for event in told))
                changes.events.clear()
        await sweep(indexer)
        for index in INDEXES:
            assert await indexed(engine, index) == await right(db, index), f"history {seed}, {index}"


async def applied(indexer: Indexer, event: events.Event | None) -> None:
    while event is not None:
        event = await indexer.apply(event)


async def test_events_alone_bring_people_and_posts_up_to_date(db: Database, engine: SearchEngine) -> None:
    indexer, changes = Indexer(db, engine), RandomChanges(db, 99)
    for _ in range(60):
        await changes.happen()
        told, changes.events = changes.events, []
        await asyncio.gather(*(applied(indexer, event) for event in told))
    await db.execute("UPDATE posts SET like_count = 0")
    assert set(await indexed(engine, "posts")) == set(await right(db, "posts"))
    assert await indexed(engine, "people") == await right(db, "people")


async def test_an_index_is_built_beside_the_one_that_is_read(db: Database, part: Search) -> None:
    engine = SearchEngine(part.url)
    ids = await people(db, 2500)
    indexer = Indexer(db, engine)
    assert not await indexer.is_built()
    await indexer.rebuild()
    assert await indexer.is_built()
    assert await indexed(engine, "people") == await right(db, "people")

    # Another build: what changes meanwhile is in both, and readers are never without an answer.
    await db.execute("UPDATE users SET display_name = 'Changed', username = 'changed' WHERE id = $1", ids[-1])
    building = asyncio.create_task(indexer.rebuild())
    changing = asyncio.create_task(applied(indexer, events.PersonChanged(ids[-1])))
    while not building.done():
        assert len((await engine.find(Query("people", (Word("c", is_prefix=True),), limit=1))).ids) == 1
    await changing
    assert (await engine.find(Query("people", (Word("changed"),)))).ids == [ids[-1]]
    assert await indexed(engine, "people") == await right(db, "people")
    await engine.close()


async def test_an_engine_that_lost_everything_is_filled_again(db: Database, part: Search) -> None:
    engine = SearchEngine(part.url)
    [ada] = await people(db, 1)
    indexer = Indexer(db, engine)
    await indexer.rebuild()
    part.process.kill()
    (part.directory / "CURRENT").unlink()
    part.start()
    part.wait()

    async def built() -> bool | None:
        try:
            return await indexer.is_built()
        except SearchAway:
            return None

    assert await until(built, lambda answer: answer is not None) is False
    await applied(indexer, events.PersonChanged(ada))  # nothing to write to is no failure
    await indexer.rebuild()
    assert await indexed(engine, "people") == await right(db, "people")
    await engine.close()


async def test_a_rebuild_that_was_cut_off_leaves_what_is_read(db: Database, part: Search) -> None:
    engine = SearchEngine(part.url)
    await people(db, 10)
    indexer = Indexer(db, engine)
    await indexer.rebuild()
    await engine.begin("2")  # and the process that filled it died
    part.process.kill()
    part.start()
    part.wait()
    await until(lambda: state(engine), lambda version: version == documents.VERSION)
    assert await indexed(engine, "people") == await right(db, "people")
    folders = [path.name for path in part.directory.iterdir() if path.is_dir()]
    assert len(folders) == 1, "what was not complete is removed"
    await engine.close()


async def state(engine: SearchEngine) -> str:
    try:
        return (await engine.state()).version
    except SearchAway:
        return ""


async def texts(db: Database, index: Index, *ids: int) -> list[int]:
    """For which of these there is a document."""
    found = {each.id for each in await documents.documents(db, index, ids)}
    return [id for id in ids if id in found]


async def test_private_account_has_words_for_followers_alone(db: Database) -> None:
    [ada] = await people(db, 1)
    await db.execute("UPDATE users SET username = 'ada', display_name = 'Lovelace' WHERE id = $1", ada)
    for is_private in (False, True):
        await db.execute("UPDATE users SET is_private = $1", is_private)
        [found] = await documents.documents(db, "people", [ada])
        shown, hidden = (found.restricted_words, found.words) if is_private else (found.words, found.restricted_words)
        assert {"ada", "lovelace"} <= set(shown)
        assert hidden == ()
        assert found.names == ("ada",)


async def test_what_must_not_be_found_has_no_document(db: Database) -> None:
    changes = RandomChanges(db, 1)
    ada, eve = await people(db, 2)
    post = await changes.published(ada)
    [tag], [place] = (await documents.things_of_posts(db, [post])).values()
    everything: list[tuple[Index, int]] = [("people", ada), ("posts", post), ("hashtags", tag), ("places", place)]

    async def there() -> list[Index]:
        return [index for index, id in everything if await texts(db, index, id)]

    await db.execute("UPDATE taggings SET is_listed = true")
    assert await there() == ["people", "posts", "hashtags", "places"]
    await db.execute("UPDATE users SET is_private = true WHERE id = $1", ada)
    await db.execute("UPDATE taggings SET is_listed = false")
    assert await there() == ["people"]
    await db.execute("UPDATE users SET is_private = false, status = 'DEACTIVATED' WHERE id = $1", ada)
    assert await there() == []
    await db.execute("UPDATE users SET status = 'ACTIVE' WHERE id = $1", ada)
    await db.execute("UPDATE posts SET status = 'FAILED' WHERE id = $1", post)
    assert await there() == ["people"]
    assert await texts(db, "people", eve) == [eve]


async def test_what_could_not_be_written_is_written_with_what_comes_next(db: Database, engine: SearchEngine) -> None:
    ada, eve = await people(db, 2)
    indexer, is_away = Indexer(db, engine), True
    apply = engine.apply

    async def sometimes(changes: Sequence[Change]) -> None:
        if is_away:
            raise SearchAway("away")
        await apply(changes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "apply", sometimes)
        with pytest.raises(SearchAway):
            await indexer.update({"people": [ada]})
        is_away = False
        await indexer.update({"people": [eve]})
    assert set(await indexed(engine, "people")) == {ada, eve}
