"""Two people and groups talk: what each of them reads, counts, takes back, and may not see."""

import asyncio
import secrets
from typing import Any

import pytest

from kit.ids import decode, encode
from tests.conftest import NewPerson
from tests.support.client import Failed, Person
from tests.support.messages import (
    ADD_MEMBERS,
    CONVERSATION,
    LEAVE_CONVERSATION,
    MARK_READ,
    REMOVE_MEMBER,
    SEND_MESSAGE,
    START_CONVERSATION,
    UNSEND_MESSAGE,
    follow_each_other,
    send_message,
    start_conversation,
)
from tests.support.relationships import BLOCK
from workers.parts import Parts

ACCEPT = "mutation ($in: ID!) { acceptConversation(conversationId: $in) { conversation { isRequest } } }"
INBOX = """query ($requests: Boolean) { viewer { unreadConversationCount }
  conversations(requests: $requests) { nodes { id unreadCount isRequest lastMessage { text } } } }"""


async def refused(who: Person, conversation: str, text: str | None = None, **more: Any) -> list[tuple[str, list[str]]]:
    payload = await who.do(SEND_MESSAGE, input={"conversationId": conversation, "text": text, **more})
    assert payload["message"] is None
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


async def inbox(who: Person, requests: bool = False) -> list[dict[str, Any]]:
    return list((await who.ask(INBOX, requests=requests))["conversations"]["nodes"])


async def history(who: Person, conversation: str, first: int = 30) -> list[str | None]:
    node = (await who.ask(CONVERSATION, id=conversation, first=first))["node"]
    return [message["text"] for message in node["messages"]["nodes"]] if node else []


async def test_two_people_share_one_conversation(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation = await start_conversation(ada, grace)
    assert await inbox(grace) == await inbox(grace, requests=True) == [], "nothing has been said"
    assert await start_conversation(grace, ada) == await start_conversation(ada, grace) == conversation
    both = await asyncio.gather(*(start_conversation(who, other) for who, other in [(ada, grace), (grace, ada)] * 5))
    assert set(both) == {conversation}
    await send_message(ada, conversation, "Hello, Grace")
    await send_message(grace, conversation, "Hello, Ada")
    assert await history(ada, conversation) == await history(grace, conversation) == ["Hello, Ada", "Hello, Grace"]


async def test_what_is_unread_is_counted(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    await follow_each_other(ada, grace)
    conversation = await start_conversation(ada, grace)
    said = [await send_message(ada, conversation, f"{n}") for n in range(3)]
    [seen] = await inbox(grace)
    assert (seen["unreadCount"], seen["lastMessage"]["text"]) == (3, "2")
    assert (await grace.ask(INBOX))["viewer"]["unreadConversationCount"] == 1
    assert (await grace.do(MARK_READ, **{"in": conversation, "id": said[1]["id"]}))["conversation"]["unreadCount"] == 1
    assert (await grace.do(MARK_READ, **{"in": conversation, "id": said[0]["id"]}))["conversation"]["unreadCount"] == 1
    members = (await ada.ask(CONVERSATION, id=conversation))["node"]["members"]
    assert {member["user"]["id"]: member["lastReadMessageId"] for member in members} == {
        ada.id: said[2]["id"],
        grace.id: said[1]["id"],
    }
    await ada.do(UNSEND_MESSAGE, id=said[2]["id"])
    assert (await grace.ask(INBOX))["viewer"]["unreadConversationCount"] == 0
    await send_message(grace, conversation, "an answer reads what was there")
    assert (await inbox(grace))[0]["unreadCount"] == 0
    assert (await inbox(ada))[0]["unreadCount"] == 1


async def test_strangers_ask_first(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation = await start_conversation(ada, grace)
    said = await send_message(ada, conversation, "You do not know me")
    assert await inbox(grace) == []
    [request] = await inbox(grace, requests=True)
    assert (request["id"], request["isRequest"], request["unreadCount"]) == (conversation, True, 1)
    assert (await grace.ask(INBOX))["viewer"]["unreadConversationCount"] == 0
    await grace.do(MARK_READ, **{"in": conversation, "id": said["id"]})
    [_, hers] = (await ada.ask(CONVERSATION, id=conversation))["node"]["members"]
    assert hers == {"user": {"id": grace.id}, "lastReadMessageId": None}, "that she has read it is hers to know"
    await grace.do(LEAVE_CONVERSATION, **{"in": conversation})
    assert await inbox(grace, requests=True) == []
    await send_message(ada, conversation, "Please")
    assert await history(grace, conversation) == ["Please"], "what was declined is gone for her"
    assert (await grace.do(ACCEPT, **{"in": conversation}))["conversation"]["isRequest"] is False
    assert [each["id"] for each in await inbox(grace)] == [conversation]


async def test_an_answer_takes_a_request_up(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation = await start_conversation(ada, grace)
    await send_message(ada, conversation, "Hello")
    await send_message(grace, conversation, "Hello yourself")
    assert [each["isRequest"] for each in await inbox(grace)] == [False]


async def test_a_group(person: NewPerson) -> None:
    ada, grace, alan, joan = [await person(name) for name in ("ada", "grace", "alan", "joan")]
    group = await start_conversation(ada, grace, alan, title="Counting")
    assert await start_conversation(ada, grace, alan) != group, "two groups of the same people are two"
    await send_message(ada, group, "before Joan")
    added = await ada.do(ADD_MEMBERS, **{"in": group, "ids": [joan.id, grace.id]})
    assert [member["user"]["id"] for member in added["conversation"]["members"]] == [
        each.id for each in (ada, grace, alan, joan)
    ]
    assert await history(joan, group) == []
    await send_message(alan, group, "after")
    assert await history(joan, group) == ["after"]
    assert await history(grace, group) == ["after", "before Joan"]
    assert (await grace.do(REMOVE_MEMBER, **{"in": group, "id": joan.id}))["userErrors"][0]["code"] == "NOT_ALLOWED"
    assert (await ada.do(REMOVE_MEMBER, **{"in": group, "id": ada.id}))["userErrors"][0]["code"] == "INVALID"
    await ada.do(REMOVE_MEMBER, **{"in": group, "id": joan.id})
    assert await history(joan, group) == []
    assert await refused(joan, group, "still here") == [("NOT_FOUND", ["conversationId"])]
    assert (await ada.do(LEAVE_CONVERSATION, **{"in": group}))["conversation"] is None
    await grace.do(REMOVE_MEMBER, **{"in": group, "id": alan.id})
    assert len((await grace.ask(CONVERSATION, id=group))["node"]["members"]) == 1, (
        "who came first of those left is admin"
    )


async def test_a_group_has_an_end(person: NewPerson) -> None:
    people = await asyncio.gather(*(person(f"p{n}") for n in range(33)))
    group = await start_conversation(people[0], *people[1:31])
    refused = await people[0].do(ADD_MEMBERS, **{"in": group, "ids": [people[31].id, people[32].id]})
    assert refused["userErrors"] == [{"code": "TOO_MANY", "field": ["userIds"]}]
    added = await people[0].do(ADD_MEMBERS, **{"in": group, "ids": [people[31].id]})
    assert len(added["conversation"]["members"]) == 32


async def test_who_is_blocked_is_written_to_no_more(person: NewPerson) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    conversation, group = await start_conversation(ada, grace), await start_conversation(alan, ada, grace)
    await send_message(ada, conversation, "before")
    await grace.do(BLOCK, id=ada.id)
    for who in (ada, grace):
        assert await refused(who, conversation, "after") == [("NOT_ALLOWED", ["conversationId"])]
    fresh = await ada.do(START_CONVERSATION, input={"userIds": [grace.id]})
    assert fresh["userErrors"] == [{"code": "NOT_FOUND", "field": ["userIds", "0"]}]
    await send_message(grace, group, "in company")
    node = (await ada.ask(CONVERSATION, id=group))["node"]
    assert [(each["text"], each["sender"]) for each in node["messages"]["nodes"]] == [("in company", None)]
    assert [member["user"] for member in node["members"]] == [{"id": alan.id}, {"id": ada.id}, None]


async def test_pictures_and_posts_are_sent(person: NewPerson) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    await ada.do("mutation { updateProfile(input: {isPrivate: true}) { userErrors { code } } }")
    conversation = await start_conversation(ada, grace)
    upload = await ada.upload()
    await ada.processed(upload)
    sent = await send_message(ada, conversation, uploadId=upload)
    photo = sent["attachment"]["id"]
    node = "query ($id: ID!) { node(id: $id) { ... on Photo { variants { url } } } }"
    for who, sees in ((ada, True), (grace, True), (alan, False)):
        assert bool((await who.ask(node, id=photo))["node"]) is sees
    assert await refused(ada, conversation, "again", uploadId=upload) == [("CONFLICT", ["uploadId"])]
    post = await ada.publish("for followers")
    shown = await send_message(ada, conversation, "look", attachmentId=post)
    assert shown["attachment"] == {"id": post}
    seen = (await grace.ask(CONVERSATION, id=conversation, first=1))["node"]["messages"]["nodes"]
    assert [each["attachment"] for each in seen] == [None], "she may not see the post"
    await ada.do(UNSEND_MESSAGE, id=sent["id"])
    assert (await grace.ask(node, id=photo))["node"] is None
    strangers = await alan.publish("for everybody")
    await alan.do("mutation { updateProfile(input: {isPrivate: true}) { userErrors { code } } }")
    assert await refused(ada, conversation, "look", attachmentId=strangers) == [("NOT_FOUND", ["attachmentId"])]


async def test_a_key_takes_effect_once(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation, key = await start_conversation(ada, grace), secrets.token_hex(8)
    sent = await asyncio.gather(*(send_message(ada, conversation, "once", idempotencyKey=key) for _ in range(10)))
    assert len({each["id"] for each in sent}) == 1
    assert sent[0]["idempotencyKey"] == key
    assert await history(grace, conversation) == ["once"]
    assert await refused(ada, conversation, "twice", idempotencyKey=key) == [("CONFLICT", ["idempotencyKey"])]
    echo = "query ($id: ID!) { node(id: $id) { ... on Message { idempotencyKey } } }"
    assert (await grace.ask(echo, id=sent[0]["id"]))["node"] == {"idempotencyKey": None}


async def test_many_at_once_are_in_one_order(person: NewPerson) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    group = await start_conversation(ada, grace, alan)
    wanted = {f"{who.username} {n}" for who in (ada, grace, alan) for n in range(15)}

    async def say(who: Person, text: str) -> None:
        while True:
            try:
                await send_message(who, group, text)
            except Failed as failure:
                # All wait for the conversation, each with a connection: on a slow machine some find none in time.
                if failure.code != "OVERLOADED":
                    raise
                await asyncio.sleep(0.1)
            else:
                return

    await asyncio.gather(*(say(who, f"{who.username} {n}") for who in (ada, grace, alan) for n in range(15)))
    said = await history(ada, group, first=100)
    assert set(said) == wanted
    assert said == await history(grace, group, first=100)
    [seen] = [each for each in await inbox(alan, requests=True) or await inbox(alan) if each["id"] == group]
    assert seen["lastMessage"]["text"] == said[0]


async def test_paging_goes_on_where_it_was(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation = await start_conversation(ada, grace)
    for n in range(5):
        await send_message(ada, conversation, str(n))
    first = (await grace.ask(CONVERSATION, id=conversation, first=2))["node"]["messages"]
    await send_message(ada, conversation, "new")
    after = first["pageInfo"]["endCursor"]
    rest = (await grace.ask(CONVERSATION, id=conversation, first=9, after=after))["node"]["messages"]
    assert [each["text"] for each in first["nodes"] + rest["nodes"]] == ["4", "3", "2", "1", "0"]
    other = await start_conversation(ada, await person("alan"))
    with pytest.raises(Failed) as failed:
        await ada.ask(CONVERSATION, id=other, first=2, after=after)
    assert failed.value.code == "BAD_USER_INPUT"


async def test_bad_input(person: NewPerson) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    conversation = await start_conversation(ada, grace)
    foreign = await start_conversation(grace, alan)
    theirs = await send_message(grace, foreign, "not for Ada")
    assert await refused(ada, foreign, "hello") == [("NOT_FOUND", ["conversationId"])]
    assert await refused(ada, conversation, " \n ") == [("REQUIRED", ["text"])]
    assert await refused(ada, conversation) == [("REQUIRED", ["text"])]
    assert await refused(ada, conversation, "x" * 4001) == [("TOO_LONG", ["text"])]
    assert await refused(ada, conversation, "hello", replyToId=theirs["id"]) == [("NOT_FOUND", ["replyToId"])]
    assert await refused(ada, conversation, "hello", attachmentId=grace.id) == [("NOT_FOUND", ["attachmentId"])]
    assert await refused(ada, conversation, "hello", uploadId=encode(4, 77)) == [("NOT_FOUND", ["uploadId"])]
    waiting = await ada.create_upload(b"x" * 100)
    assert await refused(ada, conversation, uploadId=waiting["id"]) == [("INVALID", ["uploadId"])]
    assert await refused(ada, conversation, "hello", idempotencyKey="") == [("INVALID", ["idempotencyKey"])]
    assert (await ada.do(UNSEND_MESSAGE, id=theirs["id"]))["userErrors"] == [{"code": "NOT_FOUND"}]
    assert (await ada.do(MARK_READ, **{"in": conversation, "id": theirs["id"]}))["userErrors"] == [
        {"code": "NOT_FOUND"}
    ]
    assert (await ada.do(ADD_MEMBERS, **{"in": conversation, "ids": [alan.id]}))["userErrors"][0][
        "code"
    ] == "NOT_ALLOWED"
    for wanted, code in (([], "REQUIRED"), ([ada.id], "INVALID"), ([encode(1, n) for n in range(1, 33)], "TOO_MANY")):
        assert (await ada.do(START_CONVERSATION, input={"userIds": wanted}))["userErrors"][0]["code"] == code
    titled = await ada.do(START_CONVERSATION, input={"userIds": [grace.id], "title": "Us"})
    assert titled["userErrors"] == [{"code": "INVALID", "field": ["title"]}]
    for id in (foreign, theirs["id"]):
        assert (await ada.ask("query ($id: ID!) { node(id: $id) { id } }", id=id))["node"] is None
    assert await history(grace, conversation) == []
    await send_message(ada, conversation, "x" * 4000)


async def test_no_text_lies_in_the_database(person: NewPerson, parts: Parts) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation, word = await start_conversation(ada, grace), secrets.token_hex(12)
    await send_message(ada, conversation, f"The word is {word}", idempotencyKey=word[:5])
    tables = await parts.db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in tables:
        found = await parts.db.fetchval(
            f"SELECT count(*) FROM {table[0]} t WHERE t::text LIKE ANY($1)",
            [f"%{word}%", f"%{word.encode().hex()}%"],  # bytes are written in hex
        )
        assert not found, table[0]
    number = decode(conversation)[1]
    moved = await parts.db.fetchrow("SELECT id, body FROM messages WHERE conversation_id = $1", number)
    assert moved is not None
    again = await send_message(ada, conversation, "another")
    await parts.db.execute("UPDATE messages SET body = $2 WHERE id = $1", decode(again["id"])[1], moved["body"])
    with pytest.raises(Failed) as failed:
        await grace.ask("query ($id: ID!) { node(id: $id) { ... on Message { text } } }", id=again["id"])
    assert failed.value.code == "INTERNAL", "a text is bound to its message"
