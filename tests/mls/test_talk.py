"""End-to-end encrypted groups: ts-mls clients talk through the server, which reads no word."""

import asyncio
import base64

import pytest

from tests.mls.client import (
    COMMIT,
    LEAVE,
    REMOVE,
    SEND,
    codes,
    done,
    in_group,
)
from tests.mls.conftest import NewDevice, Pair
from tests.support.client import until
from tests.support.database_locks import uncommitted_block, wait_for_lock_waiter
from tests.support.opaque_ids import number
from tests.support.posts import mutate_by_id
from tests.support.stored_data import found_in_keys, found_in_tables
from workers.parts import Parts


async def test_two_then_three_talk_and_the_server_reads_no_word(device: NewDevice, pair: Pair, parts: Parts) -> None:
    ada, bob, group = pair
    words = ["heliotrope", "chrysanthemum", "nasturtium", "pelargonium", "delphinium"]
    await ada.say(group, words[0])
    assert await bob.catch_up() == [words[0]]
    await bob.say(group, words[1])
    assert await ada.catch_up() == [words[1]]

    eve = await device("eve")
    await bob.add(group, eve.person)
    assert await eve.catch_up() == []
    await eve.say(group, words[2])
    assert [await each.catch_up() for each in (ada, bob)] == [[words[2]], [words[2]]]
    assert await in_group(eve, group) == [ada.id, bob.id, eve.id]

    payload = await eve.commit(group)  # new keys, nothing else
    assert payload["group"]["epoch"] == 3
    assert [await each.catch_up() for each in (ada, bob)] == [[], []]
    await ada.say(group, words[3])
    assert [await each.catch_up() for each in (bob, eve)] == [[words[3]], [words[3]]]

    await eve.say(group, words[4])  # it waits while the database is looked at
    needles = [form for word in words for form in (word, word.encode().hex(), base64.b64encode(word.encode()).decode())]
    assert await found_in_tables(parts, *needles) == []
    assert await found_in_keys(parts, *needles) == []

    assert not (await ada.commit(group, remove=[bob]))["userErrors"]
    stubborn = await bob.do("say", group=group, text="still here?")
    assert await bob.catch_up() == [words[4]]
    await ada.say(group, "without bob")
    assert await bob.waiting() == []
    assert await eve.catch_up() == ["without bob"]
    payload = await bob.person.do(SEND, input={"deviceId": bob.id, "message": stubborn})
    assert codes(payload) == [("NOT_FOUND", "message")]
    assert await in_group(ada, group) == [ada.id, eve.id]


async def test_several_devices_of_one_person(device: NewDevice, pair: Pair) -> None:
    ada, bob, group = pair
    phone = await device(owner=ada.person)
    await ada.add(group, ada.person)
    assert [await each.catch_up() for each in (phone, bob)] == [[], []]
    await phone.say(group, "from my phone")
    assert [await each.catch_up() for each in (ada, bob)] == [["from my phone"], ["from my phone"]]
    own = await ada.person.ask("{ viewer { mlsDevices { id keyPackageCount lastSeenAt user { id } } } }")
    assert [each["id"] for each in own["viewer"]["mlsDevices"]] == [ada.id, phone.id]
    assert [each["keyPackageCount"] for each in own["viewer"]["mlsDevices"]] == [2, 1]

    assert (await done(ada.person, REMOVE, id=phone.id))["removedId"] == phone.id
    assert codes(await ada.person.do(REMOVE, id=phone.id)) == [("NOT_FOUND", "deviceId")]
    assert await in_group(bob, group) == [ada.id, bob.id]
    assert not (await bob.commit(group, remove=[phone]))["userErrors"], "the leaf is still to be removed"
    assert await ada.catch_up() == []


async def test_who_joined_later_is_not_sent_what_they_cannot_read(device: NewDevice, pair: Pair) -> None:
    ada, bob, group = pair
    before = await bob.do("say", group=group, text="between us")
    eve = await device("eve")
    await ada.add(group, eve.person)
    await done(bob.person, SEND, input={"deviceId": bob.id, "message": before})
    assert [each["kind"] for each in await eve.waiting()] == ["WELCOME"]
    assert await ada.catch_up() == ["between us"]


async def test_of_two_commits_the_first_wins_and_the_loser_tries_again(device: NewDevice, pair: Pair) -> None:
    ada, bob, group = pair
    eve, dan = await device("eve"), await device("dan")
    theirs, others = await ada.claim(group, eve.person), await bob.claim(group, dan.person)
    made = [(each, await each.do("commit", group=group, add=add)) for each, add in ((ada, theirs), (bob, others))]
    payloads = await asyncio.gather(
        *(each.person.do(COMMIT, input={"deviceId": each.id, **sent}) for each, sent in made)
    )
    assert sorted(map(codes, payloads)) == [[], [("CONFLICT", "commit")]]
    winner, loser = (ada, bob) if not codes(payloads[0]) else (bob, ada)
    await winner.do("accepted", group=group)
    assert len(await eve.waiting()) + len(await dan.waiting()) == 1, "a stale commit leaves nothing"
    assert await winner.waiting() == []
    assert await loser.catch_up() == []
    late = await loser.claim(group, dan.person if loser is bob else eve.person)
    assert late == (others if loser is bob else theirs), "not used, so given again"
    assert not (await loser.commit(group, add=late))["userErrors"]
    await winner.catch_up()
    for each in (eve, dan):
        await each.catch_up()
    await dan.say(group, "all here")
    assert [await each.catch_up() for each in (ada, bob, eve)] == [["all here"]] * 3


async def test_messages_of_other_epochs(pair: Pair) -> None:
    ada, bob, group = pair
    early = await bob.do("say", group=group, text="late, but welcome")
    proposal = await bob.do("propose", group=group, remove=bob.identity)
    for _ in range(4):
        assert not (await ada.commit(group))["userErrors"]
    await done(bob.person, SEND, input={"deviceId": bob.id, "message": early})
    assert await ada.catch_up() == ["late, but welcome"]
    payload = await bob.person.do(SEND, input={"deviceId": bob.id, "message": proposal})
    assert codes(payload) == [("CONFLICT", "message")]
    assert not (await ada.commit(group))["userErrors"]
    payload = await bob.person.do(SEND, input={"deviceId": bob.id, "message": early})
    assert codes(payload) == [("CONFLICT", "message")], "too late"
    made = await ada.do("commit", group=group)
    await ada.do("accepted", group=group)
    future = await ada.do("say", group=group, text="of an epoch that never was")
    payload = await ada.person.do(SEND, input={"deviceId": ada.id, "message": future})
    assert codes(payload) == [("INVALID", "message")]
    payload = await ada.person.do(SEND, input={"deviceId": ada.id, "message": made["commit"]})
    assert codes(payload) == [("INVALID", "message")], "a commit goes another way"


async def test_a_proposal_goes_to_the_others_of_whom_one_commits_it(device: NewDevice, pair: Pair) -> None:
    ada, bob, group = pair
    eve = await device("eve")
    await ada.add(group, eve.person)
    await bob.catch_up()
    proposal = await bob.do("propose", group=group, remove=bob.identity)
    await done(bob.person, SEND, input={"deviceId": bob.id, "message": proposal})
    assert [each["kind"] for each in await eve.waiting()] == ["WELCOME", "PROPOSAL"]
    assert await ada.catch_up() == []
    made = await ada.do("commit", group=group)  # what was proposed
    await done(ada.person, COMMIT, input={"deviceId": ada.id, "removedDeviceIds": [bob.id], **made})
    assert await ada.do("accepted", group=group)
    assert await bob.catch_up() == []
    await ada.say(group, "bob wanted to go")
    assert (await eve.catch_up(), await bob.waiting()) == (["bob wanted to go"], [])


async def test_a_group_is_bounded(device: NewDevice, pair: Pair, parts: Parts) -> None:
    ada, bob, group = pair
    await parts.db.executemany(
        "INSERT INTO mls_members (id, group_id, device_id, user_id, since_epoch) VALUES (next_id(0), $1, $2, $2, 0)",
        [(number(group), n) for n in range(1, 31)],
    )
    eve = await device("eve")
    packages = await ada.claim(group, eve.person)
    assert codes(await ada.commit(group, add=packages)) == [("TOO_MANY", "welcome")]
    phone = await device(owner=bob.person)
    await bob.add(group, bob.person)
    assert await phone.catch_up() == [], "another device is nobody else"


@pytest.mark.parametrize("blocker", ["ada", "bob"])
async def test_two_of_whom_one_blocks_the_other_stop(pair: Pair, blocker: str) -> None:
    ada, bob, group = pair
    one, other = (ada, bob) if blocker == "ada" else (bob, ada)
    await mutate_by_id(one.person, "block", userId=other.person.id)
    for each in (ada, bob):
        assert codes(await each.send(group, "hello?")) == [("NOT_ALLOWED",)]
        assert codes(await each.commit(group)) == [("NOT_ALLOWED",)]
    assert (await ada.waiting(), await bob.waiting()) == ([], [])
    document = "query ($id: ID!) { node(id: $id) { ... on MlsGroup { devices { id user { id } } } } }"
    seen = (await other.person.ask(document, id=group))["node"]["devices"]
    assert [each["user"] for each in seen if each["id"] == one.id] == [None], "who is blocked sees nobody"
    await mutate_by_id(one.person, "unblock", userId=other.person.id)
    await ada.say(group, "again")
    assert await bob.catch_up() == ["again"]


async def test_a_message_that_meets_a_block_in_flight_is_not_sent(pair: Pair, parts: Parts) -> None:
    ada, bob, group = pair
    async with uncommitted_block(parts.db, bob.person, ada.person):
        sending = asyncio.create_task(ada.send(group, "just in time?"))
        await wait_for_lock_waiter(parts.db)
        assert not sending.done()
    assert codes(await sending) == [("NOT_ALLOWED",)]
    assert await bob.waiting() == []


async def test_leaving(device: NewDevice, pair: Pair) -> None:
    ada, bob, group = pair
    eve = await device("eve")
    await ada.add(group, eve.person)
    await bob.catch_up()
    assert (await done(bob.person, LEAVE, id=group))["removedId"] == group
    assert codes(await bob.person.do(LEAVE, id=group)) == [("NOT_FOUND", "groupId")]
    assert (await bob.person.ask("query ($id: ID!) { node(id: $id) { id } }", id=group))["node"] is None
    await ada.say(group, "bob is gone")
    assert await bob.waiting() == []
    assert not (await ada.commit(group, remove=[bob]))["userErrors"]
    assert await eve.catch_up() == ["bob is gone"]
    for each in (ada, eve):
        await done(each.person, LEAVE, id=group)


async def test_nothing_is_left_of_an_account(pair: Pair, parts: Parts) -> None:
    ada, bob, group = pair
    await ada.say(group, "farewell")
    alone = await bob.create()
    needles = [str(number(id)) for id in (bob.person.id, bob.id, alone)]
    payload = await bob.person.do('mutation { deleteAccount(password: "heliograph") { userErrors { code } } }')
    assert payload["userErrors"] == []

    async def left() -> list[str]:
        await parts.db.execute("UPDATE jobs SET due_at = now() WHERE due_at <= now() + interval '1 minute'")
        return await found_in_tables(parts, *needles)

    await until(left, lambda found: found == [])
    assert await in_group(ada, group) == [ada.id]
    assert not await parts.db.fetchval("SELECT count(*) FROM mls_messages WHERE group_id = $1", number(group))
    assert not (await ada.commit(group, remove=[bob]))["userErrors"]
