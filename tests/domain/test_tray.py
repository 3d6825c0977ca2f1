"""The tray in its order: what happens between two pages, and what Redis holds of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.stories import live, tray
from domain.stories.actions import remove
from domain.stories.rows import LIFE
from kit.cursor import Position
from tests.support.factories import live_stories, people
from workers.parts import Parts


async def follow(parts: Parts, reader: int, *authors: int) -> None:
    await parts.db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) SELECT next_id(0), $1, id, 1 FROM unnest($2::bigint[]) id",
        reader,
        authors,
    )


async def look(parts: Parts, reader: int, *story_ids: int) -> None:
    """They have seen these stories, which only the database knows."""
    await parts.db.execute(
        "INSERT INTO story_views (id, story_id, viewer_id) SELECT next_id(1), id, $1 FROM unnest($2::bigint[]) id"
        " ON CONFLICT DO NOTHING",
        reader,
        story_ids,
    )


async def in_turn(parts: Parts, authors: list[int]) -> list[int]:
    """A story of each, the first the oldest."""
    told = await live_stories(parts.db, authors)
    await parts.db.execute(
        """
        UPDATE stories s SET published_at = published_at + n * interval '1 ms' - interval '1 second'
        FROM unnest($1::bigint[]) WITH ORDINALITY AS o(id, n) WHERE s.id = o.id
        """,
        told,
    )
    return told


async def first_of(
    parts: Parts, reader: int, after: Position | None, now: datetime | None = None
) -> tuple[Position | None, int]:
    """The next place, and whose reel stands there; 0 where there is none."""
    found = await tray.places(parts.db, parts.redis, reader, after, 1, now or datetime.now(UTC))
    return found[0] if found else (None, 0)


@pytest.mark.parametrize("lost", [False, True])
async def test_paging_goes_on_in_the_order_in_which_it_began(parts: Parts, lost: bool) -> None:
    reader, *authors = await people(parts.db, 7)
    await follow(parts, reader, *authors)
    told = await in_turn(parts, authors)
    await look(parts, reader, told[0], told[5])
    await live.forget(parts.redis, live.of_viewer(reader))
    order = [authors[n] for n in (4, 3, 2, 1, 5, 0)]
    shown = []
    after: Position | None = None
    while True:
        after, author = await first_of(parts, reader, after)
        if not author:
            break
        shown.append(author)
        if len(shown) == 2:
            [later] = await live_stories(parts.db, [authors[0]])
            await live.forget(parts.redis, live.of_author(authors[0]))
            assert later
            await look(parts, reader, *told)
            await live.forget(parts.redis, live.of_viewer(reader))
            if lost:
                await tray.forget(parts.redis, reader)
    assert shown == order
    _, author = await first_of(parts, reader, None)
    assert author == authors[0], "a tray that is begun now begins with what is new"


async def test_what_ends_between_two_pages_neither_repeats_nor_hides_another(parts: Parts) -> None:
    reader, *authors = await people(parts.db, 13)
    await follow(parts, reader, *authors)
    old, new = await in_turn(parts, authors), await in_turn(parts, authors)
    await look(parts, reader, *old)
    await live.forget(parts.redis, live.of_viewer(reader))
    now = datetime.now(UTC)
    shown: list[int] = []
    after: Position | None = None
    while True:
        after, author = await first_of(parts, reader, after, now)
        if not author:
            break
        shown.append(author)
        # Whose reel was shown moves to those that were seen: what was new of it is deleted, or its day ends.
        gone = new[authors.index(author)]
        if len(shown) % 2:
            async with parts.db.acquire() as tx, tx.transaction():
                assert await remove(tx, gone)
        else:
            await parts.db.execute(
                "UPDATE stories SET published_at = published_at - $2::interval WHERE id = $1", gone, LIFE
            )
        await live.forget(parts.redis, live.of_author(author))
    assert shown == authors[::-1]


async def test_thousands(parts: Parts) -> None:
    reader, seen, unseen, many = await people(parts.db, 4)
    await follow(parts, reader, seen, unseen, many)
    [told, _] = await in_turn(parts, [seen, unseen])
    await look(parts, reader, told, *range(1, 6_000))
    await live_stories(parts.db, [many] * 4_100)
    now = datetime.now(UTC)
    for _ in range(2):  # by the database, and by Redis
        found = await tray.places(parts.db, parts.redis, reader, None, 30, now)
        assert [author for _, author in found] == [many, unseen, seen]
    assert await parts.redis.zcard(live.of_author(many)) == 4_101
    assert await parts.redis.zcard(live.of_viewer(reader)) == 6_001


async def test_a_set_learns_what_was_seen(parts: Parts) -> None:
    reader, author = await people(parts.db, 2)
    await follow(parts, reader, author)
    [story_id] = await live_stories(parts.db, [author])
    now = datetime.now(UTC)
    key = live.of_viewer(reader)

    class Deaf:
        """The database, which the viewer sees the story after having been asked."""

        async def fetch(self, sql: str, *arguments: object) -> Any:
            answer = await parts.db.fetch(sql, *arguments)
            if "story_views" in sql:
                await look(parts, reader, story_id)
                await live.saw(parts.redis, reader, [story_id], now)
            return answer

    await live.read(Deaf(), parts.redis, reader, [author], now)  # type: ignore[arg-type]
    assert not await parts.redis.zscore(key, live.KNOWN), "nothing is filled from before the change"
    _, seen = await live.read(parts.db, parts.redis, reader, [author], now)
    assert list(seen) == [story_id]
    later = now + timedelta(seconds=5)
    await live.saw(parts.redis, reader, [story_id, 7], later)
    _, seen_then = await live.read(None, parts.redis, reader, [author], now)  # type: ignore[arg-type]
    assert seen_then[story_id] == seen[story_id], "when they first saw it"
    assert seen_then[7] > seen[story_id]
    assert 0 < await parts.redis.ttl(key) <= live.SECONDS
