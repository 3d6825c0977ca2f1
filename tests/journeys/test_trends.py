"""Trending hashtags, as viewers see them and moderators steer them."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from clients.redis import connect
from domain.hashtags import trends
from domain.hashtags.rows import Hashtag
from domain.hashtags.trend_scores import Trend
from domain.hashtags.trends import Snapshot, Trends
from embedded.process import free_port
from kit import clock
from kit.ids import decode, encode
from tests.conftest import Clock, NewPerson
from tests.support.client import Failed, Person
from tests.support.factories import hashtag, people, posted
from workers import moderation
from workers.parts import Parts
from workers.trends import step

TRENDS = """query ($first: Int, $after: String) { trendingHashtags(first: $first, after: $after) {
  edges { cursor peopleToday history node { id name } } nodes { id name } pageInfo { hasNextPage endCursor } } }"""
BLOCK = "mutation ($id: ID!) { block(userId: $id) { user { id } } }"


@pytest.fixture(autouse=True)
def at_once(api: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request looks for a newer list."""
    monkeypatch.setattr(api.state.services.trends, "_max_age", timedelta())


async def trending(viewer: Person, first: int = 100, after: str | None = None) -> dict[str, Any]:
    return dict((await viewer.ask(TRENDS, first=first, after=after))["trendingHashtags"])


async def names(viewer: Person, *among: str) -> list[str]:
    """Which of these trend, in the order of the list."""
    return [node["name"] for node in (await trending(viewer))["nodes"] if node["name"] in among]


def word() -> str:
    return f"w{secrets.token_hex(6)}"


async def listed(parts: Parts, tags: Sequence[int], token: int = 0) -> None:
    """These hashtags are the list, in this order."""
    some = tuple(Trend(tag, 9.0 - n, (0, 0, 0, 0, 0, 0, 129 + n)) for n, tag in enumerate(tags))
    await trends.store(parts.redis, Snapshot(token or int(clock.now().timestamp() * 1000), some))


async def test_hashtag_that_many_use_trends_for_everybody(person: NewPerson, visitor: Person, parts: Parts) -> None:
    popular, rare = word(), word()
    authors = await people(parts.db, 12)
    tag = await hashtag(parts.db, popular)
    await posted(parts.db, authors, tag)
    await posted(parts.db, authors[:3], tag, ago=timedelta(hours=30))
    await posted(parts.db, authors[:4] * 5, await hashtag(parts.db, rare))
    await trends.renew(parts.db, parts.redis, clock.now())
    for viewer in (visitor, await person("ada")):
        assert await names(viewer, popular, rare) == [popular]
        page = await trending(viewer)
        [edge] = [edge for edge in page["edges"] if edge["node"]["name"] == popular]
        assert edge["node"]["id"] == encode(Hashtag.TAG, tag)
        assert (edge["peopleToday"], edge["history"]) == (12, [0, 0, 0, 0, 0, 3, 12])
        assert page["nodes"] == [edge["node"] for edge in page["edges"]]


async def test_counts_are_shown_with_two_digits(visitor: Person, parts: Parts) -> None:
    tag = await hashtag(parts.db, word())
    await posted(parts.db, await people(parts.db, 1), tag)
    await listed(parts, [tag])
    [edge] = (await trending(visitor))["edges"]
    assert (edge["peopleToday"], edge["history"][-1]) == (120, 129)


async def test_banned_hashtag_vanishes_at_once(visitor: Person, parts: Parts) -> None:
    name, other = word(), word()
    authors = await people(parts.db, 7)
    await posted(parts.db, authors, await hashtag(parts.db, name))
    await posted(parts.db, authors[:6], await hashtag(parts.db, other))
    await trends.renew(parts.db, parts.redis, clock.now())
    assert await names(visitor, name, other) == [name, other]
    assert await moderation.ban_hashtag(parts, f"#{name.upper()}") == f"#{name} does not trend any more."
    assert f"#{name}" in (await moderation.banned_hashtags(parts)).splitlines()
    assert await names(visitor, name, other) == [other]
    found = await visitor.ask("query ($n: String!) { hashtag(name: $n) { posts { nodes { id } } } }", n=name)
    assert len(found["hashtag"]["posts"]["nodes"]) == 7, "its posts can still be found"
    await trends.renew(parts.db, parts.redis, clock.now())
    assert await names(visitor, name, other) == [other]
    assert await moderation.allow_hashtag(parts, name) == f"#{name} can trend again."
    assert await moderation.allow_hashtag(parts, name) == f"#{name} was not banned."
    await trends.renew(parts.db, parts.redis, clock.now())
    assert await names(visitor, name, other) == [name, other]
    with pytest.raises(moderation.InvalidHashtagError, match="expected letters"):
        await moderation.ban_hashtag(parts, "two words")


async def test_hashtag_of_people_who_block_the_viewer_is_left_out(
    person: NewPerson, visitor: Person, parts: Parts
) -> None:
    ada, name = await person("ada"), word()
    authors = await people(parts.db, 5)
    await posted(parts.db, authors, await hashtag(parts.db, name))
    await trends.renew(parts.db, parts.redis, clock.now())
    block = "INSERT INTO relations (id, from_id, to_id, kind) SELECT next_id(1), n, $1, 4 FROM unnest($2::bigint[]) n"
    await parts.db.execute(block, decode(ada.id)[1], authors[1:])
    assert await names(ada, name) == [name]
    await parts.db.execute(block, decode(ada.id)[1], authors[:1])
    assert await names(ada, name) == []
    assert await names(visitor, name) == [name]


async def test_following_pages_keep_the_list_of_the_first(visitor: Person, parts: Parts) -> None:
    [author] = await people(parts.db, 1)
    tags = [await hashtag(parts.db, word()) for _ in range(7)]
    for tag in tags[:2] + tags[3:]:
        await posted(parts.db, [author], tag)  # nothing can be seen under the third
    ids = [encode(Hashtag.TAG, tag) for tag in tags]
    shown = ids[:2] + ids[3:]
    await listed(parts, tags, token=17)
    page = await trending(visitor, first=3)
    assert ([node["id"] for node in page["nodes"]], page["pageInfo"]["hasNextPage"]) == (shown[:3], True)
    await listed(parts, tags[::-1])
    assert [node["id"] for node in (await trending(visitor))["nodes"]] == shown[::-1]
    rest = await trending(visitor, first=3, after=page["pageInfo"]["endCursor"])
    assert ([node["id"] for node in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (shown[3:], False)
    await parts.redis.delete("trends:{hashtags}:17")
    rest = await trending(visitor, first=3, after=page["pageInfo"]["endCursor"])
    assert [node["id"] for node in rest["nodes"]] == shown[::-1][4:], (
        "after it has expired: the same place of the current list"
    )


async def test_wrong_pages_are_refused(visitor: Person) -> None:
    for first, after in ((0, None), (101, None), (1, "x")):
        with pytest.raises(Failed, match="BAD_USER_INPUT"):
            await trending(visitor, first, after)


async def test_one_process_computes_each_minute(parts: Parts) -> None:
    at = clock.now()
    await trends.give_turn_back(parts.redis)
    await parts.redis.delete("trends:{hashtags}:latest")
    instants = [at + timedelta(milliseconds=n) for n in range(5)]
    await asyncio.gather(*(step(parts, instant) for instant in instants))
    stored = [await parts.redis.exists(f"trends:{{hashtags}}:{int(each.timestamp() * 1000)}") for each in instants]
    assert sum(stored) == 1
    assert await parts.redis.exists("trends:{hashtags}:latest")
    assert 0 < await parts.redis.ttl("trends:{hashtags}:turn") <= 60


async def test_failed_computation_leaves_the_turn_to_others(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    await trends.give_turn_back(parts.redis)

    async def fails(*_: object) -> None:
        raise OSError("away")

    with monkeypatch.context() as patch:
        patch.setattr(trends, "compute", fails)
        with pytest.raises(OSError, match="away"):
            await step(parts, clock.now())
    assert not await parts.redis.exists("trends:{hashtags}:turn")


async def test_list_that_is_missing_is_computed_once_for_all(api: Starlette, parts: Parts) -> None:
    tag = await hashtag(parts.db, word())
    await posted(parts.db, await people(parts.db, 5), tag)
    services, computed, now = api.state.services, [], Clock()

    class Counting:
        async def fetch(self, query: str, *args: object) -> object:
            computed.append(query)
            return await parts.db.fetch(query, *args)

    reader = Trends(Counting(), services.redis, now)  # type: ignore[arg-type]
    for value in (None, b"not a list"):
        now.ahead += timedelta(minutes=5)
        computed.clear()
        await parts.redis.delete("trends:{hashtags}:latest")
        if value:
            await parts.redis.set("trends:{hashtags}:latest", value)
        found = await asyncio.gather(*(reader.latest() for _ in range(20)))
        assert len(computed) == 1
        assert all(tag in {trend.hashtag_id for trend in each.trends} for each in found)
    await reader.latest()
    assert len(computed) == 1, "it was stored for others"


async def test_without_redis_the_database_is_asked_once_a_minute(parts: Parts) -> None:
    tag, clock_of_process = await hashtag(parts.db, word()), Clock()
    authors = await people(parts.db, 9)
    await posted(parts.db, authors[:5], tag)
    away = connect(f"redis://127.0.0.1:{free_port()}", breaks=True)
    reader = Trends(parts.db, away, clock_of_process)

    async def people_today() -> int:
        [found] = [trend for trend in (await reader.latest()).trends if trend.hashtag_id == tag]
        return found.people_today

    assert await people_today() == 5
    await posted(parts.db, authors[5:], tag)
    for seconds, shown in ((30, 5), (61, 9)):
        clock_of_process.ahead = timedelta(seconds=seconds)
        assert await people_today() == shown
    await away.aclose()


async def test_failed_computation_is_not_begun_again_at_once(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    clock_of_process, tries = Clock(), 0

    async def fail(db: Any, now: datetime) -> Any:
        nonlocal tries
        tries += 1
        raise TimeoutError

    monkeypatch.setattr(trends, "compute", fail)
    away = connect(f"redis://127.0.0.1:{free_port()}", breaks=True)
    reader = Trends(parts.db, away, clock_of_process)
    for seconds, expected in ((0, 1), (20, 1), (40, 1), (70, 2)):
        clock_of_process.ahead = timedelta(seconds=seconds)
        await reader.latest()
        assert tries == expected
    await away.aclose()
