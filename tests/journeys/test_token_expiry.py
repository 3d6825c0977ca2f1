"""Streams end when their token expires, their session ends or the database fails, so that clients lose no event."""

import json
from typing import Any

import httpx
import pytest

from domain.notifications import summary_text
from kit.ids import decode
from tests.conftest import Clock, NewPerson
from tests.support.client import Person, until
from tests.support.messages import SEND_MESSAGE, send_message, start_conversation
from tests.support.websocket_client import EVENTS, closing, cursor, hear, listener, socket, subscribe, token
from workers.parts import Parts

SIGN_OUT = "mutation ($token: String!) { signOut(refreshToken: $token) { userErrors { code } } }"
NOTICES = """subscription ($after: String) { notificationReceived(after: $after) {
  cursor notification { id kind summary } viewer { unreadNotificationCount } } }"""
WHO = "{ viewer { user { username } } }"


async def ready(connection: Any) -> None:
    assert (await hear(connection))["type"] == "connection_ack"


@pytest.mark.parametrize(
    "payload",
    [
        {"authorization": "Bearer TOKEN"},
        {"Authorization": "bearer TOKEN"},
        {"authorization": "TOKEN"},
        {"headers": {"authorization": "Bearer TOKEN"}},
        {"isWebSocket": True, "headers": {"Authorization": "Bearer TOKEN", "x-client": "web"}},
        {"authToken": "TOKEN"},
        {"auth_token": "TOKEN", "headers": {}},
        {"accessToken": "Bearer TOKEN"},
        {"token": "TOKEN", "authorization": None},
    ],
    ids=json.dumps,
)
async def test_token_is_found_where_common_clients_put_it(
    person: NewPerson, base_url: str, payload: dict[str, Any]
) -> None:
    ada = await person("ada")
    async with socket(base_url, json.loads(json.dumps(payload).replace("TOKEN", ada.token))) as connection:
        await ready(connection)
        await subscribe(connection, WHO)
        assert (await hear(connection))["payload"]["data"] == {"viewer": {"user": {"username": ada.username}}}


@pytest.mark.parametrize(
    "payload", [{"authorization": ""}, {"authorization": None}, {"headers": None}, {"lang": "en"}], ids=json.dumps
)
async def test_payload_without_a_token_is_signed_out(visitor: Person, base_url: str, payload: dict[str, Any]) -> None:
    async with socket(base_url, payload) as connection:
        await ready(connection)
        await subscribe(connection, WHO)
        assert (await hear(connection))["payload"]["data"] == {"viewer": None}


@pytest.mark.parametrize(
    "payload",
    [
        {"authorization": "Bearer undefined"},
        {"authorization": "Basic YTpi"},
        {"authorization": {"token": "x"}},
        {"authToken": 7},
        {"credentials": "Bearer x.y.z"},
        {"headers": {"x-auth": "Bearer x.y.z"}},
        "Bearer x.y.z",
        ["Bearer x.y.z"],
    ],
    ids=json.dumps,
)
async def test_unusable_payload_is_refused_with_a_reason(visitor: Person, base_url: str, payload: Any) -> None:
    async with socket(base_url, payload) as connection:
        assert await closing(connection) == 4401
        assert connection.close_reason


async def test_expired_token_at_the_beginning_asks_for_a_new_one(person: NewPerson, base_url: str, now: Clock) -> None:
    ada = await person("ada")
    with now.moved(minutes=16):
        async with socket(base_url, token(ada)) as by_payload:
            assert await closing(by_payload) == 4403
        headers = {"authorization": f"Bearer {ada.token}"}
        async with socket(base_url, None, additional_headers=headers) as by_header:
            assert await closing(by_header) == 4403


async def test_idle_socket_closes_when_its_token_expires(person: NewPerson, base_url: str, now: Clock) -> None:
    ada = await person("ada")
    async with socket(base_url, token(ada)) as hers, socket(base_url, None) as signed_out:
        await ready(hers)
        await ready(signed_out)
        with now.moved(minutes=16):
            assert await closing(hers) == 4403
        await subscribe(signed_out, WHO)
        assert (await hear(signed_out))["payload"]["data"] == {"viewer": None}


async def test_mutation_under_way_is_answered_before_the_socket_closes(
    person: NewPerson, base_url: str, now: Clock, api: Any, parts: Parts
) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation = await start_conversation(ada, grace)
    async with socket(base_url, token(ada)) as connection:
        await ready(connection)
        await subscribe(connection, EVENTS, "stream", after=await cursor(ada))
        async with parts.db.acquire() as lock, lock.transaction():
            await lock.execute("SELECT FROM conversations WHERE id = $1 FOR UPDATE", decode(conversation)[1])
            await subscribe(connection, SEND_MESSAGE, "send", input={"conversationId": conversation, "text": "slow"})
            [mine] = await until(lambda: sending(api), bool)
            with now.moved(minutes=16):
                await until(lambda: retiring(mine), bool)
        assert (await hear(connection))["id"] == "send"
        assert (await hear(connection)) == {"id": "send", "type": "complete"}
        assert await closing(connection) == 4403


async def sending(api: Any) -> list[Any]:
    """The open sockets with an operation called "send"."""
    return [each for each in api.state.sockets._open if "send" in each._operations]


async def retiring(connection: Any) -> bool:
    return connection._retiring is not None


async def test_event_that_fails_is_sent_again_after_the_cursor(
    person: NewPerson, base_url: str, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation = await start_conversation(ada, grace)
    messages = api.state.services.messages
    told = type(messages).told

    async def fail(*_: Any) -> Any:
        raise ConnectionError("the database is away")

    async with listener(grace, base_url) as hers:
        await send_message(ada, conversation, "first")
        after = (await hers.event())["cursor"]
        monkeypatch.setattr(type(messages), "told", fail)
        await send_message(ada, conversation, "second")
        assert await closing(hers.connection) == 1013
    monkeypatch.setattr(type(messages), "told", told)
    async with listener(grace, base_url, after=after) as hers:
        assert (await hers.event())["message"]["text"] == "second"


async def test_notification_whose_field_fails_is_sent_again_after_the_cursor(
    person: NewPerson, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, grace = await person("ada"), await person("grace")
    after = (await ada.ask("{ viewer { notificationsCursor } }"))["viewer"]["notificationsCursor"]

    def fail(*_: Any) -> Any:
        raise ConnectionError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(summary_text, "summary", fail)
        async with socket(base_url, token(ada)) as connection:
            await ready(connection)
            await subscribe(connection, NOTICES, after=after)
            await grace.follow(ada)
            assert await closing(connection) == 1013
    async with socket(base_url, token(ada)) as connection:
        await ready(connection)
        await subscribe(connection, NOTICES, after=after)
        assert (await hear(connection))["payload"]["data"]["notificationReceived"]["notification"]["kind"] == "FOLLOW"


async def test_failed_query_is_answered_over_a_socket(
    person: NewPerson, base_url: str, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await person("ada")

    def fail(*_: Any, **__: Any) -> Any:
        raise ConnectionError("a part is away")

    await ada.ask(WHO)  # from then on the document is known, whichever tests have run before
    monkeypatch.setattr(type(api.state.services.reads), "spend", fail)
    async with socket(base_url, token(ada)) as connection:
        await ready(connection)
        await subscribe(connection, WHO)
        message = await hear(connection)
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert errors[0]["extensions"]["code"] == "UNAVAILABLE"
        monkeypatch.undo()
        await subscribe(connection, WHO, "2")
        while (message := await hear(connection))["id"] != "2":
            pass
        assert message["payload"]["data"]


async def streamed(response: httpx.Response) -> list[str]:
    """The names of the events of a stream until it ends, and the codes of their errors."""
    found = []
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            found.append(line.removeprefix("event: "))
        elif line.startswith("data: "):
            found += [each["extensions"]["code"] for each in json.loads(line.removeprefix("data: ")).get("errors", ())]
    return found


@pytest.mark.parametrize("way", ["expiry", "sign out"])
async def test_event_stream_completes_only_when_the_session_has_ended(person: NewPerson, now: Clock, way: str) -> None:
    ada = await person("ada")
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {ada.token}"}
    async with ada.http.stream("POST", "/graphql", json={"query": EVENTS}, headers=headers) as response:
        if way == "sign out":
            await ada.do(SIGN_OUT, token=ada.refresh_token)
            assert await streamed(response) == ["next", "UNAUTHENTICATED", "complete"]
        else:
            with now.moved(minutes=16):
                assert await streamed(response) == []


async def test_empty_authorization_header_is_signed_out(visitor: Person) -> None:
    """As Apollo's documentation has clients send it."""
    answer = await visitor.http.post("/graphql", json={"query": WHO}, headers={"authorization": ""})
    assert answer.json() == {"data": {"viewer": None}}
