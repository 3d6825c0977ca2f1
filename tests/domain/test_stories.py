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
from tests.crowd import live_stories, people
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
    assert await actions.due(parts.db, story.expires_at - MOMENT) == []
    assert await actions.due(parts.db, story.expires_at) == [story_id]
    assert await removed(parts, story_id, story.expires_at - MOMENT) is False
    assert await removed(parts, story_id, story.expires_at)


async def removed(parts: Parts, story_id: int, now: datetime | None = None) -> bool:
    async with parts.db.acquire() as tx, tx.transaction():
        return await actions.remove(tx, story_id, now)


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
    await removed(parts, told[0])


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
        else:
            assert await actions.remove(tx, story_id, now)
        other = asyncio.create_task(removed(parts, story_id, now) if kept_first else keep())  # type: ignore[arg-type]
        while not await parts.db.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            await asyncio.sleep(0.005)
        await begun.commit()
    if kept_first:
        assert await other is False
        assert await reads.stories(parts.db, author, [story_id]) != [None]
        await removed(parts, story_id)
    else:
        with pytest.raises(UserErrors):
            await other
        assert await parts.db.fetchval("SELECT count(*) FROM highlights WHERE user_id = $1", author) == 0


async def test_a_story_in_two_highlights_stays_for_the_other(parts: Parts) -> None:
    [author] = await people(parts.db, 1)
    [story_id] = await live_stories(parts.db, [author])
    made = [
        await actions.create_highlight(parts.db, author, title="x", story_ids=[story_id], key=None) for _ in range(2)
    ]
    later = datetime.now(UTC) + LIFE
    for highlight, due in zip(await reads.highlights(parts.db, made), ([], [story_id]), strict=True):
        assert highlight is not None
        await actions.delete_highlight(parts.db, author, highlight)
        assert await actions.due(parts.db, later) == due
        [story] = await reads.stories(parts.db, author, [story_id])
        assert isinstance(story, Story)
        assert story.is_kept == (not due)
    assert await removed(parts, story_id, later)
