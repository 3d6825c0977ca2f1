"""A row or a cached value that cannot be decoded is left out of its page, logged once and counted."""

import logging

import pytest

from domain.media.rows import Upload
from domain.messages import log
from domain.posts import cache
from kit import unreadable
from kit.ids import encode
from tests.conftest import NewPerson
from tests.support.client import UPLOAD, Person, until
from tests.support.messages import CONVERSATION, send_message, start_conversation
from tests.support.notifications import NOTIFICATIONS, notification_kinds
from tests.support.opaque_ids import number
from tests.support.posts import LIKE_POST
from tests.support.stories import publish_story
from tests.support.websocket_client import listener
from workers.parts import Parts

POSTS = "query ($name: String!) { user(username: $name) { posts(first: 9) { nodes { id } } avatarUrl } }"
REEL = "{ viewer { user { storyReel { stories { id } } } } }"


async def posts_of(who: Person) -> list[str]:
    found = (await who.ask(POSTS, name=who.username))["user"]["posts"]["nodes"]
    return [post["id"] for post in found if post]


async def uploads_of(parts: Parts, post: str) -> list[int]:
    records = await parts.db.fetch("SELECT upload_id FROM attachments WHERE post_id = $1", number(post))
    return [record["upload_id"] for record in records]


async def corrupt(parts: Parts, upload_ids: list[int]) -> None:
    await parts.db.execute("""UPDATE uploads SET media = '{"kind": "hologram"}' WHERE id = ANY($1)""", upload_ids)


async def test_post_with_unreadable_media_is_left_out_and_logged_once(
    person: NewPerson, parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    ada = await person()
    first, second = [await ada.publish() for _ in range(2)]
    await ada.sees(second, first)
    await corrupt(parts, await uploads_of(parts, first))
    before = unreadable.counts["post"]
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            await cache.forget(parts.redis, number(first))
            assert await posts_of(ada) == [second]
            assert await ada.feed() == [second]
    assert len([record for record in caplog.records if f"post {number(first)} cannot be read" in record.message]) == 1
    assert unreadable.counts["post"] >= before + 3
    [upload_id] = await uploads_of(parts, first)
    assert (await ada.ask(UPLOAD, id=encode(Upload.TAG, upload_id)))["node"] is None


async def test_unreadable_cached_values_are_read_from_the_database(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    post = await ada.publish()
    await ada.sees(post)
    row, feed = cache._row(number(post)), f"feed:{{{number(ada.id)}}}"
    await parts.redis.set(row, b"\x93garbage", ex=60)
    await parts.redis.set(cache._counts(number(post)), b"garbage", ex=60)
    await parts.redis.zadd(feed, {"no post": 2**52})
    assert await ada.feed() == [post]
    assert await posts_of(ada) == [post]
    assert await parts.redis.get(row) != b"\x93garbage", "the row has been cached again"


async def test_unreadable_story_is_left_out(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    first, second = [await publish_story(ada) for _ in range(2)]
    await corrupt(parts, [await parts.db.fetchval("SELECT upload_id FROM stories WHERE id = $1", number(first))])
    stories = (await ada.ask(REEL))["viewer"]["user"]["storyReel"]["stories"]
    assert [story["id"] for story in stories] == [second]


async def test_user_with_unreadable_avatar_is_shown_without(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    await parts.db.execute("""UPDATE users SET avatar = '{"kind": "hologram"}' WHERE id = $1""", number(ada.id))
    assert (await ada.ask(POSTS, name=ada.username))["user"]["avatarUrl"] is None


async def test_notification_of_unknown_kind_is_left_out(person: NewPerson, parts: Parts) -> None:
    ada, bob = await person(), await person()
    first, second = [await ada.publish() for _ in range(2)]
    for post in (first, second):
        await bob.do(LIKE_POST, id=post)
    await until(lambda: notification_kinds(ada), lambda found: found == ["LIKE", "LIKE"])
    await parts.db.execute(
        "UPDATE notifications SET kind = 'HOLOGRAM' WHERE target_id = $1 AND kind = 'LIKE'", number(first)
    )
    found = (await ada.ask(NOTIFICATIONS))["notifications"]["nodes"]
    assert [each["target"]["id"] for each in found if each["kind"] == "LIKE"] == [second]


async def test_unreadable_message_fails_no_page(person: NewPerson, parts: Parts) -> None:
    ada, bob = await person(), await person()
    talk = await start_conversation(ada, bob)
    broken = await send_message(ada, talk, "broken")
    await parts.db.execute("UPDATE messages SET body = 'short' WHERE id = $1", number(broken["id"]))
    await send_message(ada, talk, "hello")
    answer = await bob.post({"query": CONVERSATION, "variables": {"id": talk}})
    assert [node["text"] for node in answer["data"]["node"]["messages"]["nodes"]] == ["hello", None]
    assert len(answer["errors"]) == 1


async def test_logged_event_of_unknown_kind_ends_no_stream(person: NewPerson, parts: Parts, base_url: str) -> None:
    ada, bob = await person(), await person()
    talk = await start_conversation(ada, bob)
    async with listener(bob, base_url) as listening:
        async with parts.db.acquire() as tx, tx.transaction():
            logged = await log.append(tx, [number(bob.id)], 99, number(talk), 1)  # type: ignore[arg-type]
        await log.announce(parts.live, logged)
        await send_message(ada, talk, "hello")
        assert (await listening.event())["message"]["text"] == "hello"
