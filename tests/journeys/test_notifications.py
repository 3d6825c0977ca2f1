"""Which notifications users get, how they are grouped, and when they end."""

import asyncio
from typing import Any

import pytest

from domain.notifications import reads
from kit.ids import decode
from resolvers import notifications
from tests.conftest import NewPerson
from tests.support.client import Person, until
from tests.support.notifications import (
    MARK_NOTIFICATIONS_READ,
    NOTIFICATIONS,
    notification_kinds,
    open_streams,
    read_notifications,
)
from tests.support.posts import LIKE_POST
from tests.support.relationships import ACCEPT_FOLLOW_REQUEST, BLOCK, MAKE_PRIVATE
from tests.support.websocket_client import hear, socket, subscribe, token
from workers.parts import Parts

UNLIKE = "mutation ($id: ID!) { unlikePost(postId: $id) { userErrors { code } } }"
LIKE_COMMENT = "mutation ($id: ID!) { likeComment(commentId: $id) { userErrors { code } } }"
SAY = """mutation ($input: AddCommentInput!) { addComment(input: $input) {
  comment { id } userErrors { code message } } }"""
UNSAY = "mutation ($id: ID!) { deleteComment(commentId: $id) { userErrors { code } } }"
MUTE = "mutation ($id: ID!) { mute(userId: $id) { userErrors { code } } }"


async def comment(who: Person, post: str, text: str, **more: Any) -> str:
    payload = await who.do(SAY, input={"postId": post, "text": text, **more})
    assert not payload["userErrors"], payload
    return str(payload["comment"]["id"])


async def test_likes_come_together(person: NewPerson) -> None:
    ada, grace, alan, joan = [await person(name) for name in ("ada", "grace", "alan", "joan")]
    post = await ada.publish()
    for who in (grace, alan, joan):
        await who.do(LIKE_POST, id=post)
    await ada.do(LIKE_POST, id=post)
    [like] = await until(lambda: read_notifications(ada), lambda found: bool(found) and found[0]["actorCount"] == 3)
    names = {who.id: who.username for who in (grace, alan, joan)}
    newest, second = (names[each["id"]] for each in like["actors"]["nodes"][:2])
    assert (like["kind"], like["summary"]) == ("LIKE", f"{newest}, {second} and 1 other liked your post")
    assert like["target"] == {"__typename": "Post", "id": post}
    for who in (alan, joan):
        await who.do(UNLIKE, id=post)
    [like] = await until(lambda: read_notifications(ada), lambda found: found[0]["actorCount"] == 1)
    assert like["summary"] == f"{grace.username} liked your post"
    await grace.do(UNLIKE, id=post)
    await until(lambda: read_notifications(ada), lambda found: not found)
    await grace.do(LIKE_POST, id=post)
    await until(lambda: notification_kinds(ada), lambda found: found == ["LIKE"])


async def test_what_is_said_reaches_whom_it_concerns(person: NewPerson) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    post = await ada.publish()
    above = await comment(grace, post, "nice")
    await until(lambda: notification_kinds(ada), lambda found: found == ["COMMENT"])
    reply = await comment(alan, post, f"is it, @{ada.username}?", parentId=above)
    await until(lambda: notification_kinds(grace), lambda found: found == ["REPLY"])
    [mention, _] = await until(lambda: read_notifications(ada), lambda found: len(found) == 2)
    assert (mention["kind"], mention["target"]) == ("MENTION", {"__typename": "Comment", "id": reply})
    await ada.do(LIKE_COMMENT, id=above)
    await until(lambda: notification_kinds(grace), lambda found: found == ["COMMENT_LIKE", "REPLY"])
    again = await comment(grace, post, "and again")
    await grace.do(UNSAY, id=again)
    await alan.do(UNSAY, id=reply)
    [left] = await until(lambda: read_notifications(ada), lambda found: len(found) == 1)
    assert (left["kind"], left["actorCount"], left["actors"]["nodes"]) == ("COMMENT", 1, [{"id": grace.id}])
    await ada.delete_post(post)
    [left] = await read_notifications(ada)
    assert left["target"] is None


async def test_follows_requests_and_what_becomes_of_them(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    await ada.do(MAKE_PRIVATE)
    await grace.follow(ada)
    [asked] = await until(lambda: read_notifications(ada), bool)
    assert (asked["kind"], asked["summary"]) == ("FOLLOW_REQUEST", f"{grace.username} asked to follow you")
    await ada.do(ACCEPT_FOLLOW_REQUEST, id=grace.id)
    await until(lambda: notification_kinds(ada), lambda found: found == ["FOLLOW"])
    await until(lambda: notification_kinds(grace), lambda found: found == ["FOLLOW_ACCEPTED"])
    await grace.unfollow(ada)
    await until(lambda: notification_kinds(ada), lambda found: found == [])
    await until(lambda: notification_kinds(grace), lambda found: found == [])


async def test_one_hears_of_ones_own_posts_and_tags(person: NewPerson) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    await ada.do(MAKE_PRIVATE)
    await grace.follow(ada)
    await ada.do(ACCEPT_FOLLOW_REQUEST, id=grace.id)
    upload = await ada.upload()
    tags = [{"userId": grace.id, "x": 0.5, "y": 0.5}]
    payload = await ada.do(
        "mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { code message } } }",
        input={"media": [{"uploadId": upload, "userTags": tags}], "caption": f"with @{alan.username}"},
    )
    assert not payload["userErrors"], payload
    await until(lambda: notification_kinds(grace), lambda found: "USER_TAG" in found)

    async def own() -> list[str]:
        return [each["kind"] for each in (await ada.ask(NOTIFICATIONS))["notifications"]["nodes"]]

    await until(own, lambda found: found[0] == "POST_PUBLISHED")
    assert await notification_kinds(alan) == [], "he may not see it"
    bad = await ada.create_upload(b"no picture")
    await ada.create_post(bad["id"])
    assert await ada.send(bad, b"no picture") == 200
    await until(own, lambda found: found[0] == "POST_REJECTED")


async def test_who_is_muted_or_blocked_is_not_heard(person: NewPerson) -> None:
    ada, grace, alan, joan = [await person(name) for name in ("ada", "grace", "alan", "joan")]
    post = await ada.publish()
    await ada.do(MUTE, id=grace.id)
    for who in (grace, alan, joan):
        await who.do(LIKE_POST, id=post)
    await until(lambda: read_notifications(ada), lambda found: bool(found) and found[0]["actorCount"] == 2)
    await ada.do(BLOCK, id=joan.id)
    [like] = await read_notifications(ada)
    assert (like["actorCount"], like["summary"]) == (1, f"{alan.username} liked your post")
    await ada.do(MUTE, id=alan.id)
    assert await read_notifications(ada) == [], "what is left is by nobody she hears"


async def test_reading(person: NewPerson, base_url: str, api: Any) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    post = await ada.publish()
    watch = "subscription { notificationReceived { notification { kind summary } viewer { unreadNotificationCount } } }"
    reads = "subscription { notificationsRead { upTo viewer { unreadNotificationCount } } }"
    async with socket(base_url, token(ada)) as phone, socket(base_url, token(ada)) as laptop:
        for each, query in ((phone, watch), (laptop, reads)):
            assert (await hear(each))["type"] == "connection_ack"
            await subscribe(each, query)
        await until(lambda: open_streams(api, ada), lambda count: count == 2)

        async def heard() -> dict[str, Any]:
            return dict((await hear(phone))["payload"]["data"]["notificationReceived"])

        await grace.follow(ada)
        while (received := await heard())["notification"]["kind"] != "FOLLOW":
            pass
        assert received["notification"]["summary"] == f"{grace.username} started following you"
        unread = received["viewer"]["unreadNotificationCount"]
        assert unread >= 1
        [follow] = await read_notifications(ada)
        marked = await ada.do(MARK_NOTIFICATIONS_READ, to=follow["updatedAt"])
        assert marked["viewer"]["unreadNotificationCount"] == 0
        read = (await hear(laptop))["payload"]["data"]["notificationsRead"]
        assert read == {"upTo": follow["updatedAt"], "viewer": {"unreadNotificationCount": 0}}
        assert (await read_notifications(ada))[0]["isRead"] is True
        await alan.follow(ada)
        received = await heard()
        assert received["notification"]["summary"] == f"{alan.username} and {grace.username} started following you"
        assert [each["isRead"] for each in await read_notifications(ada)] == [False], "it has moved"
    await alan.do(LIKE_POST, id=post)
    await ada.do(MARK_NOTIFICATIONS_READ, to="2020-01-01T00:00:00.000Z")
    assert (await until(lambda: read_notifications(ada), lambda found: len(found) == 2))[0]["isRead"] is False


RESUME = (
    "subscription ($after: String) { notificationReceived(after: $after) { cursor notification { kind actorCount } } }"
)


async def received(connection: Any) -> dict[str, Any]:
    """The next event of RESUME."""
    message = await hear(connection)
    assert message["type"] == "next", message
    assert not message["payload"].get("errors"), message
    return dict(message["payload"]["data"]["notificationReceived"])


async def newest(who: Person) -> str:
    """The cursor of their newest event."""
    return str((await who.ask("{ viewer { notificationsCursor } }"))["viewer"]["notificationsCursor"])


async def test_missed_notifications_come_first_in_order_and_once(person: NewPerson, base_url: str) -> None:
    ada, grace, alan, joan = [await person(name) for name in ("ada", "grace", "alan", "joan")]
    post = await ada.publish()
    await until(lambda: ada.ask(NOTIFICATIONS), lambda found: len(found["notifications"]["nodes"]) == 1)
    since = await newest(ada)
    await grace.do(LIKE_POST, id=post)
    await until(lambda: notification_kinds(ada), lambda found: found == ["LIKE"])
    await comment(alan, post, "nice")
    await until(lambda: notification_kinds(ada), lambda found: len(found) == 2)
    await joan.do(LIKE_POST, id=post)
    await until(lambda: read_notifications(ada), lambda found: found[0]["actorCount"] == 2)
    async with socket(base_url, token(ada)) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        await subscribe(connection, RESUME, after=since)
        events = [await received(connection) for _ in range(2)]
        assert [each["notification"] for each in events] == [
            {"kind": "COMMENT", "actorCount": 1},
            {"kind": "LIKE", "actorCount": 2},
        ]
        assert events[-1]["cursor"] == await newest(ada)
        await subscribe(connection, RESUME, "2", after=events[0]["cursor"])
        assert await received(connection) == events[1], "the same event has the same cursor"
        await alan.do(LIKE_POST, id=post)
        live = [await received(connection) for _ in range(2)]
        assert live[0] == live[1]
        assert live[0]["notification"] == {"kind": "LIKE", "actorCount": 3}


async def test_notification_cursors_are_ones_own_and_bounded(
    person: NewPerson, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, grace = await person("ada"), await person("grace")
    since = await newest(ada)
    await grace.follow(ada)
    await until(lambda: notification_kinds(ada), lambda found: found == ["FOLLOW"])
    async with socket(base_url, token(ada)) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        wrong = [(await newest(grace), "BAD_USER_INPUT"), ("nonsense", "BAD_USER_INPUT"), (since, "CURSOR_EXPIRED")]
        monkeypatch.setattr(notifications, "MAX_REPLAYED", 0)
        for after, code in wrong:
            await subscribe(connection, RESUME, after, after=after)
            message = await hear(connection)
            errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
            assert errors[0]["extensions"]["code"] == code
            assert (await hear(connection))["type"] == "complete"


async def test_numbers_of_notifications_are_committed_in_their_order(parts: Parts) -> None:
    """Whatever sets `updated_at`, as a worker of the previous version does: a reader skips none that comes later."""
    user_id = 77 << 22

    async def touch(db: Any, id: int) -> int:
        sql = "UPDATE notifications SET updated_at = now() WHERE id = $1 RETURNING seq"
        return int(await db.fetchval(sql, id))

    for id in (1, 2):
        await parts.db.execute(
            """
            INSERT INTO notifications (id, user_id, kind, target_tag, target_id, opened_at, updated_at)
            VALUES ($1, $2, 'LIKE', 1, $1, now(), now())
            """,
            user_id + id,
            user_id,
        )
    async with parts.db.acquire() as first, first.transaction():
        assert await touch(first, user_id + 1) == 1
        second = asyncio.create_task(touch(parts.db, user_id + 2))
        done, _ = await asyncio.wait([second], timeout=0.2)
        assert not done
        assert await reads.events_after(parts.db, user_id, 0, 10) == []
    assert await second == 2
    assert await reads.events_after(parts.db, user_id, 0, 10) == [(1, user_id + 1), (2, user_id + 2)]
    await parts.db.execute("DELETE FROM notifications WHERE user_id = $1", user_id)


async def test_after_a_day_another_begins(person: NewPerson, parts: Parts) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    post = await ada.publish()
    await grace.do(LIKE_POST, id=post)
    [first] = await until(lambda: read_notifications(ada), bool)
    await parts.db.execute(
        "UPDATE notifications SET opened_at = opened_at - interval '25 hours' WHERE id = $1", decode(first["id"])[1]
    )
    await alan.do(LIKE_POST, id=post)
    found = await until(lambda: read_notifications(ada), lambda found: len(found) == 2)
    assert [each["summary"] for each in found] == [
        f"{alan.username} liked your post",
        f"{grace.username} liked your post",
    ]


async def test_they_are_nobody_elses(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    await grace.follow(ada)
    [follow] = await until(lambda: read_notifications(ada), bool)
    node = "query ($id: ID!) { node(id: $id) { ... on Notification { kind } } }"
    assert (await ada.ask(node, id=follow["id"]))["node"] == {"kind": "FOLLOW"}
    assert (await grace.ask(node, id=follow["id"]))["node"] is None


@pytest.mark.parametrize("at_once", [12])
async def test_many_at_once_are_counted_once(person: NewPerson, at_once: int) -> None:
    ada, fans = await person("ada"), [await person(f"fan{n}") for n in range(at_once)]
    post = await ada.publish()
    await asyncio.gather(*(fan.do(LIKE_POST, id=post) for fan in fans))
    await asyncio.gather(*(fan.do(UNLIKE, id=post) for fan in fans[::2]))
    await asyncio.gather(*(fan.do(LIKE_POST, id=post) for fan in fans[::4]))
    left = {fan.id for n, fan in enumerate(fans) if n % 2 or not n % 4}
    found = await until(
        lambda: read_notifications(ada), lambda found: bool(found) and found[0]["actorCount"] == len(left)
    )
    assert len(found) == 1
