"""Signing out ends reads of what is private at once, though the access token is valid for a while."""

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette

from clients.redis import connect
from domain.accounts import sessions as sessions_module
from domain.accounts.sessions import Sessions
from schema.api import build
from tests.conftest import NewPerson
from tests.support.accounts import REFRESH, SIGN_IN, SIGN_OUT
from tests.support.client import Failed, Person
from workers.parts import Parts

START = """mutation ($with: [ID!]!) { startConversation(input: {userIds: $with}) { conversation { id } } }"""
SEND = """mutation ($in: ID!) { sendMessage(input: {conversationId: $in, text: "hello"}) { message { id } } }"""
READS = {
    "conversations": "{ conversations { nodes { id } } }",
    "notifications": "{ notifications { nodes { id } } }",
    "email": "{ viewer { email } }",
    "unread notifications": "{ viewer { unreadNotificationCount } }",
    "unread conversations": "{ viewer { unreadConversationCount } }",
    "saved posts": "{ viewer { savedPosts { nodes { id } } } }",
    "devices": "{ viewer { devices { id } mlsDevices { id } } }",
    "cursor": "{ viewer { conversationEventsCursor } }",
    "mls": '{ mlsMessages(deviceId: "AAAAAAAAAAE") { sequence } }',
}


async def outcome(person: Person, document: str, **variables: Any) -> str:
    """OK, or the code of the error."""
    answer = await person.post({"query": document, "variables": variables})
    return "OK" if "errors" not in answer else str(answer["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize("name", [name for name in READS if name != "mls"])
async def test_signing_out_ends_private_reads_at_once(person: NewPerson, name: str) -> None:
    ada = await person("ada")
    assert await outcome(ada, READS[name]) == "OK"
    await ada.do(SIGN_OUT, token=ada.refresh_token)
    assert await outcome(ada, READS[name]) == "UNAUTHENTICATED"
    assert await outcome(ada, "{ viewer { user { username } } feed { nodes { id } } }") == "OK", "public reads go on"


async def test_messages_are_not_read_by_id_after_signing_out(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation = (await ada.do(START, **{"with": [grace.id]}))["conversation"]["id"]
    message = (await ada.do(SEND, **{"in": conversation}))["message"]["id"]
    read = "query ($id: ID!) { node(id: $id) { id } }"
    for id in (conversation, message):
        assert await outcome(ada, read, id=id) == "OK"
    await ada.do(SIGN_OUT, token=ada.refresh_token)
    for id in (conversation, message):
        assert await outcome(ada, read, id=id) == "UNAUTHENTICATED"
    assert await outcome(ada, read, id=grace.id) == "OK"
    assert (await grace.ask(read, id=message))["node"], "the other's session goes on"


@pytest.mark.parametrize("how", ["deactivate", "stolen token"])
async def test_whatever_ends_a_session_ends_its_reads(person: NewPerson, how: str) -> None:
    ada = await person("ada")
    assert await outcome(ada, READS["email"]) == "OK"
    if how == "deactivate":
        document = "mutation ($password: String!) { deactivateAccount(password: $password) { userErrors { code } } }"
        assert not (await ada.do(document, password="heliograph"))["userErrors"]
    else:
        first = ada.refresh_token
        second = (await ada.do(REFRESH, token=first))["refreshToken"]
        await ada.do(REFRESH, token=second)
        assert (await ada.do(REFRESH, token=first))["userErrors"], "it was spent two generations ago"
    assert await outcome(ada, READS["email"]) == "UNAUTHENTICATED"


async def test_an_emptied_redis_is_filled_from_the_database(person: NewPerson, parts: Parts) -> None:
    ada, grace = await person("ada"), await person("grace")
    await ada.do(SIGN_OUT, token=ada.refresh_token)
    keys = [key async for key in parts.redis.scan_iter("session:*")]
    await parts.redis.delete(*keys)
    for _ in range(2):
        assert await outcome(ada, READS["conversations"]) == "UNAUTHENTICATED"
        assert await outcome(grace, READS["conversations"]) == "OK"


async def test_another_session_of_the_person_goes_on(person: NewPerson, base_url: str) -> None:
    ada = await person("ada")
    async with Person(base_url) as phone:
        phone.remember(await phone.do(SIGN_IN, login=ada.username, password="heliograph"))
        await ada.do(SIGN_OUT, token=ada.refresh_token)
        assert await outcome(ada, READS["email"]) == "UNAUTHENTICATED"
        assert await outcome(phone, READS["email"]) == "OK"


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Stands for a Redis that hangs."""
    await reader.read()
    writer.close()


async def session_of(parts: Parts, person: Person) -> int:
    sql = "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.username = $1"
    return int(await parts.db.fetchval(sql, person.username))


async def test_a_redis_that_hangs_does_not_hold_up_reads(person: NewPerson, parts: Parts) -> None:
    session_id = await session_of(parts, await person("ada"))
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        redis = connect(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", wait=1)
        async with asyncio.timeout(2):
            assert await Sessions(parts.db, redis).is_live(session_id)
        await redis.aclose()


async def test_an_end_is_told_though_the_operation_is_cancelled(
    person: NewPerson, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = await session_of(parts, await person("ada"))
    sessions = Sessions(parts.db, parts.redis)
    assert await sessions.is_live(session_id)
    write, may_write = sessions._write, asyncio.Event()

    async def slow(session_ids: Any) -> None:
        await may_write.wait()
        await write(session_ids)

    monkeypatch.setattr(sessions, "_write", slow)
    ending = asyncio.create_task(sessions.end([session_id]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
    may_write.set()
    async with asyncio.timeout(5):
        while await sessions.is_live(session_id):
            await asyncio.sleep(0.02)


async def test_a_late_read_does_not_revive_a_session(
    person: NewPerson, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL says that the session goes on; before Redis is told, the session has ended."""
    session_id = await session_of(parts, await person("ada"))
    sessions = Sessions(parts.db, parts.redis)
    live = sessions_module.live

    async def overtaken(*arguments: Any) -> set[int]:
        found = await live(*arguments)
        await parts.db.execute("UPDATE sessions SET ended_at = now() WHERE id = $1", session_id)
        await sessions.end([session_id])
        return found

    with monkeypatch.context() as patch:
        patch.setattr(sessions_module, "live", overtaken)
        await sessions.is_live(session_id)
    assert not await sessions.is_live(session_id)


async def test_redis_is_asked_once_for_an_operation(person: NewPerson, api: Starlette) -> None:
    ada = await person("ada")
    sessions, asked = api.state.services.sessions, []
    original = Sessions.is_live

    async def noting(self: Sessions, session_id: int) -> bool:
        asked.append(session_id)
        return await original(self, session_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sessions, "is_live", noting)
        await ada.ask("{ viewer { email devices { id } unreadConversationCount } conversations { nodes { id } } }")
        await ada.ask("{ viewer { user { username } } feed { nodes { id } } }")
    assert len(asked) == 1, sessions


def test_what_is_a_viewers_own_is_declared_private() -> None:
    schema = build()._schema
    viewer: Any = schema.type_map["Viewer"]
    metadata = {name: field.extensions["strawberry-definition"].metadata for name, field in viewer.fields.items()}
    assert [name for name, each in metadata.items() if "private" not in each] == ["user"]


async def test_who_is_signed_out_reads_nothing_private(visitor: Person) -> None:
    assert await outcome(visitor, READS["conversations"]) == "UNAUTHENTICATED"
    with pytest.raises(Failed):
        await visitor.ask(READS["mls"])
