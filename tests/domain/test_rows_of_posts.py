"""Rows of posts: read once for everybody who wants them, and never as they were before a change."""

import asyncio
from typing import Any

import pytest

from domain.posts import cache
from domain.posts.reads import Posts
from kit.singleflight import SingleFlight
from tests.support import factories
from workers.parts import Parts


class Watched:
    """A database that counts reads, and holds them back until it is told to let them go."""

    def __init__(self, parts: Parts) -> None:
        self._db = parts.db
        self.reads = 0
        self.go = asyncio.Event()

    async def fetch(self, sql: str, *arguments: Any) -> Any:
        found = await self._db.fetch(sql, *arguments)
        self.reads += 1
        await self.go.wait()
        return found


@pytest.fixture
async def post(parts: Parts) -> int:
    [author] = await factories.people(parts.db, 1)
    made, _ = await factories.published(parts.db, parts.redis, author)
    await parts.redis.delete(f"row:post:{cache.FORMAT}:{{{made.id}}}")
    return made.id


async def until_read(db: Watched, times: int) -> None:
    while db.reads < times:
        await asyncio.sleep(0)


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Gets an item for each caller that fetches, or joins a fetch."""
    come: list[object] = []
    get = SingleFlight.get

    async def counted(single_flight: Any, keys: Any) -> Any:
        come.append(keys)
        return await get(single_flight, keys)

    monkeypatch.setattr(SingleFlight, "get", counted)
    return come


async def until_joined(joined: list[object], by: int) -> None:
    while len(joined) < by:
        await asyncio.sleep(0)


async def test_a_hundred_readers_of_a_post_that_is_not_cached_make_one_fetch(
    parts: Parts, post: int, joined: list[object]
) -> None:
    db = Watched(parts)
    rows = Posts(db, parts.redis)  # type: ignore[arg-type]
    readers = [asyncio.create_task(rows.by_id([post])) for _ in range(100)]
    await until_joined(joined, 100)
    db.go.set()
    found = await asyncio.gather(*readers)
    assert db.reads == 1
    assert all(each is not None and each.id == post for [each] in found)


async def test_a_hundred_readers_of_a_post_that_has_just_changed_make_one_fetch(
    parts: Parts, post: int, joined: list[object]
) -> None:
    await cache.forget(parts.redis, post)
    db = Watched(parts)
    rows = Posts(db, parts.redis)  # type: ignore[arg-type]
    readers = [asyncio.create_task(rows.by_id([post])) for _ in range(100)]
    await until_joined(joined, 100)
    db.go.set()
    await asyncio.gather(*readers)
    await rows.by_id([post])
    assert db.reads == 1, "and who comes then finds it cached"


async def test_cached_hashtags_are_what_older_versions_cache(parts: Parts, post: int) -> None:
    await parts.db.execute("UPDATE posts SET caption = '#Straße', hashtags = '{strasse}' WHERE id = $1", post)
    await cache.forget(parts.redis, post)
    [read] = await Posts(parts.db, parts.redis).by_id([post])
    found, _ = await cache.get(parts.redis, [post])
    assert read is not None
    assert read.hashtags == found[post].hashtags == ("strasse",)


async def test_a_reader_who_gives_up_takes_nobody_along(parts: Parts, post: int, joined: list[object]) -> None:
    db = Watched(parts)
    rows = Posts(db, parts.redis)  # type: ignore[arg-type]
    first, second = (asyncio.create_task(rows.by_id([post])) for _ in range(2))
    await until_read(db, 1)
    await until_joined(joined, 2)
    first.cancel()
    db.go.set()
    [found] = await second
    assert found is not None
    assert db.reads == 1


async def test_who_reads_after_a_change_joins_no_read_from_before(parts: Parts, post: int) -> None:
    db = Watched(parts)
    rows = Posts(db, parts.redis)  # type: ignore[arg-type]
    before = asyncio.create_task(rows.by_id([post]))
    await until_read(db, 1)
    await parts.db.execute("UPDATE posts SET caption = 'new' WHERE id = $1", post)
    await cache.forget(parts.redis, post)
    after = asyncio.create_task(rows.by_id([post]))
    await until_read(db, 2)
    db.go.set()
    [old], [new] = await before, await after
    assert old is not None
    assert new is not None
    assert (old.caption, new.caption) == ("", "new")
    [later] = await rows.by_id([post])
    assert later is not None
    assert later.caption == "new", "the read from before has not filled the cache behind the change"


async def test_who_reads_after_a_publication_joins_no_read_from_before(
    parts: Parts, post: int, joined: list[object]
) -> None:
    await parts.db.execute("UPDATE posts SET status = 'PROCESSING', published_at = NULL WHERE id = $1", post)
    db = Watched(parts)
    rows = Posts(db, parts.redis)  # type: ignore[arg-type]
    before = asyncio.create_task(rows.by_id([post]))
    await until_read(db, 1)
    await parts.db.execute("UPDATE posts SET status = 'PUBLISHED', published_at = now() WHERE id = $1", post)
    after = asyncio.create_task(rows.by_id([post]))
    await until_joined(joined, 2)
    db.go.set()
    [old], [new] = await before, await after
    assert old is not None
    assert new is not None
    assert (old.status, new.status) == ("PROCESSING", "PUBLISHED")
