"""When exactly a story is over, and what meets at the same instant."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain import privacy
from domain.accounts import reads as accounts
from domain.stories import actions, live, reads, tray
from domain.stories.rows import LIFE, Story
from kit.errors import UserErrors
from tests.support.client import until
from tests.support.factories import live_stories, people, sent, sweep_all
from workers.parts import Parts

MOMENT = timedelta(milliseconds=1)


async def follow(parts: Parts, reader: int, author: int) -> None:
    await parts.db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(0), $1, $2, 1)", reader, author
    )


async def test_a_story_lives_for_a_day_to_the_millisecond(parts: Parts) -> None:
    author, reader = await people(parts.db, 2)
    await follow(parts, reader, author)
    [story_id] = await live_stories(parts.db, [author])
    [story] = await reads.stories(parts.db, reader, [story_id])
    seen_by = {who: (await accounts.users(parts.db, who, [author]))[0] for who in (author, reader)}
    assert story is not None
    assert story.expires_at - story.created_at == timedelta(hours=24)

    async def shown(who: int, now: datetime) -> tuple[bool, bool, bool]:
        """By privacy, in the reel, in the tray."""
        found = await tray.places(parts.db, parts.redis, who, None, 30, now)
        return (
            privacy.visible_stories([story], [seen_by[who]], now) != [None],
            (await reads.live(parts.db, who, [author], now)) != [[]],
            [id for _, id in found] == [author],
        )

    for _ in range(2):  # by the database, and by Redis
        for who in (reader, author):
            assert await shown(who, story.expires_at - MOMENT) == (True, True, True)
            assert await shown(who, story.expires_at) == (who == author, False, False)
    await sweep_all(parts, story.expires_at - MOMENT)
    assert await is_there(parts, story_id), "by a clock that is a minute ahead it is over"
    await sweep_all(parts, story.expires_at)
    assert not await is_there(parts, story_id)


async def is_there(parts: Parts, story_id: int) -> bool:
    return bool(await parts.db.fetchval("SELECT true FROM stories WHERE id = $1", story_id))


async def test_a_read_from_before_a_change_fills_nothing_after_it(parts: Parts) -> None:
    author, reader = await people(parts.db, 2)
    now = datetime.now(UTC)
    told: list[int] = []

    class Late:
        """The database; a story is published when its answer is on the way."""

        async def fetch(self, sql: str, *arguments: object) -> Any:
            answer = await parts.db.fetch(sql, *arguments)
            if not told:
                told.extend(await live_stories(parts.db, [author]))
                await live.forget(parts.redis, live.of_author(author))
            return answer

    assert await live.read(Late(), parts.redis, reader, [author], now) == ({}, {})  # type: ignore[arg-type]
    found, _ = await live.read(parts.db, parts.redis, reader, [author], datetime.now(UTC))
    assert [id for id, _ in found[author]] == told
    assert await parts.redis.zscore(live.of_author(author), live.KNOWN)
    assert 0 < await parts.redis.ttl(live.of_author(author)) <= live.SECONDS


@pytest.mark.parametrize("kept_first", [True, False])
async def test_the_sweeper_meets_a_highlight(parts: Parts, kept_first: bool) -> None:
    [author] = await people(parts.db, 1)
    [story_id] = await live_stories(parts.db, [author])
    now = datetime.now(UTC) + LIFE

    async def keep() -> int:
        return await actions.create_highlight(parts.db, author, title="x", story_ids=[story_id], key=None)

    async with parts.db.acquire() as tx:
        begun = tx.transaction()
        await begun.start()
        if kept_first:
            await tx.execute("UPDATE stories SET due_at = NULL WHERE id = $1", story_id)  # as a highlight does
            await sweep_all(parts, now)
        else:
            while await actions.sweep(tx, now):
                pass
            other = asyncio.create_task(keep())
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            await until(lambda: parts.db.fetchval(waiting), bool)
        await begun.commit()
    if kept_first:
        await sweep_all(parts, now)
        assert await is_there(parts, story_id)
    else:
        with pytest.raises(UserErrors):
            await other
        assert not await is_there(parts, story_id)
        assert await parts.db.fetchval("SELECT count(*) FROM highlights WHERE user_id = $1", author) == 0


async def test_a_story_in_two_highlights_stays_for_the_other(parts: Parts) -> None:
    [author] = await people(parts.db, 1)
    [story_id] = await live_stories(parts.db, [author])
    made = [
        await actions.create_highlight(parts.db, author, title="x", story_ids=[story_id], key=None) for _ in range(2)
    ]
    later = datetime.now(UTC) + LIFE
    for highlight, stays in zip(await reads.highlights(parts.db, made), (True, False), strict=True):
        assert highlight is not None
        await actions.delete_highlight(parts.db, author, highlight)
        [story] = await reads.stories(parts.db, author, [story_id])
        assert isinstance(story, Story)
        assert story.is_kept == stays
        await sweep_all(parts, later)
        assert await is_there(parts, story_id) == stays


async def test_sweepers_side_by_side(parts: Parts) -> None:
    authors = await people(parts.db, 3)
    now = datetime.now(UTC) + LIFE + MOMENT
    await sweep_all(parts, now)
    told = await live_stories(parts.db, authors * 80)
    now = datetime.now(UTC) + LIFE + MOMENT
    async with parts.db.acquire() as one, one.transaction():
        assert await actions.sweep(one, now) == 100
        async with parts.db.acquire() as other, other.transaction():
            assert await actions.sweep(other, now) == 100, "it does not wait for the first"
    await asyncio.gather(*(sweep_all(parts, now) for _ in range(3)))
    assert not await parts.db.fetchval("SELECT count(*) FROM stories WHERE id = ANY($1)", told)
    assert (
        await parts.db.fetchval(
            "SELECT count(*) FROM outbox WHERE kind = 'StoryDeleted' AND payload ->> 'story_id' = ANY($1)",
            [str(id) for id in told],
        )
    ) == len(told)


async def test_nobody_has_more_than_a_hundred(parts: Parts) -> None:
    [author] = await people(parts.db, 1)
    told = await live_stories(parts.db, [author] * (actions.MAX_LIVE - 1))
    tellings = await sent(parts.db, [author] * 3)

    async def create(upload_id: int) -> int:
        return await actions.create_story(
            parts.db, author, upload_id=upload_id, audience="FOLLOWERS", filter=None, key=None
        )

    made = await asyncio.gather(*map(create, tellings), return_exceptions=True)
    errors = [error for error in made if isinstance(error, UserErrors)]
    assert [[each.code for each in error.errors] for error in errors] == [["TOO_MANY"]] * 2
    used = await parts.db.fetch("SELECT used FROM uploads WHERE id = ANY($1)", tellings)
    assert sorted(row["used"] for row in used) == [False, False, True], "who is refused leaves nothing behind"
    await parts.db.execute("UPDATE stories SET published_at = published_at - $2::interval WHERE id = $1", told[0], LIFE)
    assert await create(next(id for id, end in zip(tellings, made, strict=True) if isinstance(end, UserErrors)))
