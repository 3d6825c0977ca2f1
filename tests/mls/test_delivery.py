"""What waits for a device, how long, and what is not delivered at all."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from domain.mls import delivery
from kit import clock
from tests.mls.client import (
    COMMIT,
    MESSAGES,
    PUBLISH,
    REMOVE,
    SEND,
    Device,
    codes,
    done,
)
from tests.mls.conftest import NewDevice, Pair
from tests.support.client import Failed, Person
from tests.support.opaque_ids import number
from tests.support.websocket_client import hear, socket, token
from workers.parts import Parts


async def test_a_retry_is_delivered_once(device: NewDevice, pair: Pair) -> None:
    ada, bob, group = pair
    message = await ada.do("say", group=group, text="once")
    sent = {"deviceId": ada.id, "message": message, "idempotencyKey": "k"}
    await asyncio.gather(*(done(ada.person, SEND, input=sent) for _ in range(5)))
    other = sent | {"message": await ada.do("say", group=group, text="twice")}
    assert codes(await ada.person.do(SEND, input=other)) == [("CONFLICT", "idempotencyKey")]
    eve = await device("eve")
    add = await ada.claim(group, eve.person)
    made = {"deviceId": ada.id, "idempotencyKey": "k", **await ada.do("commit", group=group, add=add)}
    payloads = [await done(ada.person, COMMIT, input=made) for _ in range(2)]
    assert [payload["group"]["epoch"] for payload in payloads] == [2, 2]
    assert [each["kind"] for each in await bob.waiting()] == ["APPLICATION", "COMMIT"]
    assert [each["kind"] for each in await eve.waiting()] == ["WELCOME"]


async def test_a_mailbox_keeps_what_is_not_acknowledged_in_order(device: NewDevice, pair: Pair, parts: Parts) -> None:
    ada, bob, group = pair
    eve = await device("eve")
    await ada.add(group, eve.person)
    await eve.catch_up()
    for n in range(5):
        await ada.say(group, f"{n}")
    seen = await bob.waiting()
    assert seen == await bob.waiting(), "nothing was acknowledged"
    sequences = [each["sequence"] for each in seen]
    assert sequences == list(range(sequences[0], sequences[0] + 6))
    assert [each["sequence"] for each in await bob.waiting(first=2)] == sequences[:2]
    assert [each["sequence"] for each in await bob.waiting(after=sequences[3])] == sequences[4:]

    async def kept() -> int:
        count: int = await parts.db.fetchval("SELECT count(*) FROM mls_messages WHERE group_id = $1", number(group))
        return count

    assert await kept() == 6, "the commit, for bob, and five that wait for both"
    await bob.acknowledge(sequences[2])
    assert (await bob.waiting())[0]["sequence"] == sequences[3]
    assert await kept() == 5
    await asyncio.gather(bob.acknowledge(sequences[-1]), eve.acknowledge(2**53 - 1))
    assert (await kept(), await bob.waiting(), await eve.waiting()) == (0, [], [])
    await ada.say(group, "on it goes")
    assert [each["sequence"] for each in await bob.waiting()] == [sequences[-1] + 1]


async def test_ciphertext_is_gone_after_30_days(pair: Pair, parts: Parts) -> None:
    ada, bob, group = pair
    await ada.say(group, "are you there?")
    while await delivery.forget_old(parts.db, clock.now() + timedelta(days=29)):
        pass
    assert len(await bob.waiting()) == 1
    while await delivery.forget_old(parts.db, clock.now() + timedelta(days=31)):
        pass
    assert await bob.waiting() == []
    for table in ("mls_messages", "mls_deliveries"):
        assert await parts.db.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_a_mailbox_is_bounded(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob, group = pair
    monkeypatch.setattr(delivery, "MAX_WAITING", 3)
    for n in range(5):
        await ada.say(group, f"{n}")
    sequences = [each["sequence"] for each in await bob.waiting()]
    assert sequences == [4, 5, 6], "the welcome was 1: the numbers 2 and 3 are missing, which tells"


async def test_a_page_is_bounded_in_bytes(pair: Pair) -> None:
    ada, bob, group = pair
    for _ in range(20):
        await ada.say(group, "x" * 60_000)
    assert len(await bob.waiting()) == 18, "the last begins within a MiB"
    assert len(await bob.catch_up()) == 20
    assert codes(await ada.send(group, "x" * 66_000)) == [("TOO_LONG", "message")]


async def test_what_is_not_of_this_group_or_no_message_at_all(device: NewDevice, pair: Pair) -> None:
    ada, bob, group = pair
    eve = await device("eve")
    good = await ada.do("say", group=group, text="hello")
    made = await ada.do("commit", group=group)
    for other, code in ((eve, ("NOT_FOUND", "message")), (bob, None)):
        payload = await other.person.do(SEND, input={"deviceId": other.id, "message": good})
        assert codes(payload) == ([code] if code else [])  # who sent it, the members tell by its signature
    payload = await ada.person.do(SEND, input={"deviceId": bob.id, "message": good})
    assert codes(payload) == [("NOT_FOUND", "deviceId")]
    content = base64.b64decode(good)
    for wrong in (b"", b"\0\1\0\2", content[:-1], content + b"\0", b"\0\2" + content[2:], b"\0\1\0\1" + content[4:]):
        text = base64.b64encode(wrong).decode()
        payload = await ada.person.do(SEND, input={"deviceId": ada.id, "message": text})
        assert codes(payload) == [("INVALID", "message")], wrong
        payload = await ada.person.do(COMMIT, input={"deviceId": ada.id, "commit": text})
        assert codes(payload) == [("INVALID", "commit")]
    payload = await ada.person.do(COMMIT, input={"deviceId": ada.id, "commit": good})
    assert codes(payload) == [("INVALID", "commit")], "no commit"
    foreign = content[:4] + b"\x05other" + content[17:]
    payload = await ada.person.do(SEND, input={"deviceId": ada.id, "message": base64.b64encode(foreign).decode()})
    assert codes(payload) == [("NOT_FOUND", "message")]
    payload = await ada.person.do(COMMIT, input={"deviceId": ada.id, "removedDeviceIds": [ada.id], **made})
    assert codes(payload) == [("INVALID", "removedDeviceIds")]

    [unclaimed] = await eve.do("packages", identity=eve.identity)
    await done(eve.person, PUBLISH, input={"deviceId": eve.id, "keyPackages": [unclaimed]})
    assert codes(await ada.commit(group, add=[unclaimed])) == [("INVALID", "welcome")]
    for wrong in (b"", base64.b64decode(made["commit"]), b"\0\1\0\3\0\1\0"):
        welcome = base64.b64encode(wrong).decode()
        payload = await ada.person.do(COMMIT, input={"deviceId": ada.id, "commit": made["commit"], "welcome": welcome})
        assert codes(payload) == [("INVALID", "welcome")]
    large = base64.b64encode(bytes(113 * 1024)).decode()
    payload = await ada.person.do(COMMIT, input={"deviceId": ada.id, "commit": made["commit"], "welcome": large})
    assert codes(payload) == [("TOO_LONG", "welcome")]
    seen = await ada.person.ask("query ($id: ID!) { node(id: $id) { ... on MlsGroup { epoch } } }", id=group)
    assert seen["node"]["epoch"] == 1, "nothing was done"
    [package] = await ada.claim(group, eve.person)
    assert not (await ada.commit(group, add=[package]))["userErrors"]
    await ada.commit(group, remove=[eve])
    assert codes(await ada.commit(group, add=[package])) == [("INVALID", "welcome")], "it was used"


async def test_mailboxes_and_groups_are_for_their_owners(device: NewDevice, pair: Pair, visitor: Person) -> None:
    ada, bob, group = pair
    eve = await device("eve")
    assert (await eve.person.ask(MESSAGES, id=bob.id))["mlsMessages"] is None
    with pytest.raises(Failed, match="UNAUTHENTICATED"):
        await visitor.ask(MESSAGES, id=bob.id)
    with pytest.raises(Failed, match="BAD_USER_INPUT"):
        await bob.waiting(first=101)
    seen = await eve.person.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[group, bob.id, eve.id])
    assert seen["nodes"] == [None, None, {"id": eve.id}]
    document = "query ($id: ID!) { node(id: $id) { ... on MlsGroup { devices { id keyPackageCount lastSeenAt } } } }"
    first, second = (await ada.person.ask(document, id=group))["node"]["devices"]
    assert (first["keyPackageCount"], second["keyPackageCount"], second["lastSeenAt"]) == (2, None, None)


WATCH = """subscription ($id: ID!, $after: Long) { mlsMessages(deviceId: $id, after: $after) {
  sequence kind groupId epoch message } }"""


@asynccontextmanager
async def watching(device: Device, base_url: str, after: int | None = 0) -> AsyncIterator[Any]:
    """The subscription of a device's mailbox: a function that gives the next message."""
    async with socket(base_url, token(device.person)) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        payload = {"query": WATCH, "variables": {"id": device.id, "after": after}}
        await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))

        async def following() -> Any:
            heard = await hear(connection)
            return heard["payload"]["data"]["mlsMessages"] if heard["type"] == "next" else heard

        yield following


async def test_live(pair: Pair, base_url: str) -> None:
    ada, bob, group = pair
    for n in range(3):
        await ada.say(group, f"{n}")
    said = []
    async with watching(bob, base_url) as following:
        for n in range(3, 6):
            said.append(await bob.take(await following()))
            await ada.say(group, f"{n}")
        while len(said) < 6:
            last = await following()
            said.append(await bob.take(last))
    assert said == [f"{n}" for n in range(6)], "what waited, then what came, in order"
    async with watching(bob, base_url, last["sequence"] - 1) as following:
        assert await following() == last, "it waits until it is acknowledged"
        await bob.acknowledge(last["sequence"])
        await ada.say(group, "after")
        assert await bob.take(await following()) == "after"
        await done(bob.person, REMOVE, id=bob.id)
        assert (await following())["type"] == "complete"
    async with watching(ada, base_url) as following:
        await done(ada.person, REMOVE, id=ada.id)
        assert (await following())["type"] == "complete"
