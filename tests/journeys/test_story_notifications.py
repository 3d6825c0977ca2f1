"""Being told of somebody's stories: by whom they want, of the first of a day, while it is there to see."""

from typing import Any

from starlette.applications import Starlette

from domain.graph.rows import Kind
from domain.notifications.notification_events import BATCH_SIZE
from kit.ids import decode
from tests.conftest import Clock, NewPerson
from tests.support.accounts import sign_in_again
from tests.support.client import Person, until
from tests.support.notifications import open_streams
from tests.support.relationships import ADD_CLOSE_FRIEND, BLOCK
from tests.support.stories import CREATE_STORY, DELETE_STORY, publish_story
from tests.support.websocket_client import hear, socket, subscribe, token
from workers.parts import Parts

STORY_NOTIFICATIONS = """mutation ($id: ID!, $on: Boolean!) { setStoryNotifications(userId: $id, enabled: $on) {
  user { viewerHasStoryNotifications } userErrors { code field message } } }"""
HAS = "query ($id: ID!) { node(id: $id) { ... on User { viewerHasStoryNotifications } } }"
SHOWN = "kind summary actorCount actors { nodes { id } } target { __typename ... on Story { id } }"
LIST = f"{{ notifications {{ nodes {{ {SHOWN} }} }} }}"
WATCH = f"subscription {{ notificationReceived {{ notification {{ {SHOWN} }} }} }}"


async def ring(who: Person, whom: Person, on: bool = True) -> list[str]:
    """Ask to be told of their stories, or no longer; the codes of what is wrong with it."""
    payload = await who.do(STORY_NOTIFICATIONS, id=whom.id, on=on)
    if not payload["userErrors"]:
        assert payload["user"] == {"viewerHasStoryNotifications": on}
    return [error["code"] for error in payload["userErrors"]]


async def rings(who: Person, whom: Person) -> bool:
    return bool((await who.ask(HAS, id=whom.id))["node"]["viewerHasStoryNotifications"])


async def told(who: Person) -> list[Any]:
    """The targets of what they were told of stories, the last first."""
    nodes = (await who.ask(LIST))["notifications"]["nodes"]
    return [node["target"] and node["target"]["id"] for node in nodes if node["kind"] == "STORY"]


async def crowd(parts: Parts, whom: Person) -> None:
    """As many as are told in one stretch ask before others do, and are gone."""
    await parts.db.execute(
        """
        INSERT INTO relations (id, from_id, to_id, kind)
        SELECT next_id(0), next_id(0), $1, $2 FROM generate_series(1, $3)
        """,
        decode(whom.id)[1],
        Kind.STORY_NOTIFICATIONS,
        BATCH_SIZE,
    )


async def everything_told(parts: Parts) -> None:
    """Wait until all notifications of what has happened exist."""

    async def left() -> int:
        unsent = await parts.db.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
        [group] = [each for each in await parts.redis.xinfo_groups("events") if each["name"] == b"notify"]
        return int(unsent + group["pending"] + group["lag"])

    await until(left, lambda count: count == 0)


async def test_who_asked_is_told_of_the_first(person: NewPerson, base_url: str, api: Starlette, parts: Parts) -> None:
    ada, grace, alan = [await person(name) for name in ("ada", "grace", "alan")]
    for who in (grace, alan):
        await who.follow(ada)
    assert not await rings(grace, ada)
    await crowd(parts, ada)
    assert await ring(grace, ada) == []
    async with socket(base_url, token(grace)) as phone:
        assert (await hear(phone))["type"] == "connection_ack"
        await subscribe(phone, WATCH)
        await until(lambda: open_streams(api, grace), bool)
        story = await publish_story(ada)
        heard = (await hear(phone))["payload"]["data"]["notificationReceived"]["notification"]
    expected = {
        "kind": "STORY",
        "summary": f"{ada.username} added to their story",
        "actorCount": 1,
        "actors": {"nodes": [{"id": ada.id}]},
        "target": {"__typename": "Story", "id": story},
    }
    assert heard == expected
    assert (await grace.ask(LIST))["notifications"]["nodes"] == [expected]
    second = await publish_story(ada)
    await everything_told(parts)
    assert (await told(grace), await told(alan)) == ([story], [])
    await ada.do(DELETE_STORY, id=story)
    await until(lambda: told(grace), lambda found: found == [])
    await ada.do(DELETE_STORY, id=second)
    third = await publish_story(ada)
    await until(lambda: told(grace), lambda found: found == [third])


async def test_a_bell_ends_with_the_follow(person: NewPerson, parts: Parts) -> None:
    ada, left, removed, quiet = [await person(name) for name in ("ada", "left", "removed", "quiet")]
    blocked, blocking = await person("blocked"), await person("blocking")
    assert await ring(left, ada) == ["NOT_ALLOWED"]
    assert await ring(ada, ada) == ["NOT_ALLOWED"]
    assert await ring(left, ada, False) == []
    everybody = (left, removed, quiet, blocked, blocking)
    for who in everybody:
        await who.follow(ada)
        for _ in range(2):
            assert await ring(who, ada) == []
    await left.unfollow(ada)
    await ada.do("mutation ($id: ID!) { removeFollower(userId: $id) { userErrors { code } } }", id=removed.id)
    assert await ring(quiet, ada, False) == []
    for one, other in ((ada, blocked), (blocking, ada)):
        await one.do(BLOCK, id=other.id)
        await one.do("mutation ($id: ID!) { unblock(userId: $id) { userErrors { code } } }", id=other.id)
    for who in (left, removed, blocked, blocking):
        await who.follow(ada)
    assert [await rings(who, ada) for who in everybody] == [False] * 5
    await publish_story(ada)
    await everything_told(parts)
    assert [await told(who) for who in everybody] == [[]] * 5


async def test_who_may_see_it_is_told_until_it_is_over(person: NewPerson, parts: Parts, now: Clock) -> None:
    ada, friend, other, muting = [await person(name) for name in ("ada", "friend", "other", "muting")]
    for who in (friend, other, muting):
        await who.follow(ada)
        assert await ring(who, ada) == []
    await ada.do(ADD_CLOSE_FRIEND, id=friend.id)
    await muting.do("mutation ($id: ID!) { mute(userId: $id) { userErrors { code } } }", id=ada.id)
    close = await publish_story(ada, audience="CLOSE_FRIENDS")
    await everything_told(parts)
    assert [await told(who) for who in (friend, other, muting)] == [[close], [], []]
    common = await publish_story(ada)
    await publish_story(ada, audience="CLOSE_FRIENDS")
    await everything_told(parts)
    assert [await told(who) for who in (friend, other, muting)] == [[common, close], [common], []]
    await other.unfollow(ada)
    assert await told(other) == [None]
    with now.moved(hours=24, minutes=1):
        await sign_in_again(friend)
        assert await told(friend) == [None, None]


async def test_one_is_told_that_ones_story_was_refused(person: NewPerson) -> None:
    ada = await person("ada")
    refused = await ada.do(CREATE_STORY, input={"uploadId": await ada.upload(b"no picture")})

    async def nodes() -> list[Any]:
        return list((await ada.ask(LIST))["notifications"]["nodes"])

    [node] = await until(nodes, bool)
    assert (node["kind"], node["summary"]) == (
        "STORY_REJECTED",
        "Your story was refused: its media could not be used",
    )
    assert node["target"] == {"__typename": "Story", "id": refused["story"]["id"]}
