"""The protocol of sockets, kept and broken; and the same streams as server-sent events."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import websockets

from tests.conftest import NewPerson
from tests.support.client import Person
from tests.support.messages import send_message, start_conversation
from tests.support.websocket_client import EVENTS, cursor, hear, say, socket, subscribe, token
from web import sockets, sse


async def everything(connection: Any, within: float) -> None:
    """Hear what there is to hear."""
    while True:
        await hear(connection, within)


async def silence(connection: Any) -> None:
    """Take pings, and answer none."""
    while True:
        assert json.loads(await connection.recv())["type"] == "ping"


async def closed(connection: Any, within: float = 15) -> int:
    """The code with which the server closes it."""
    with pytest.raises(websockets.ConnectionClosed) as ended:
        await everything(connection, within)
    assert ended.value.rcvd is not None
    return int(ended.value.rcvd.code)


async def ready(connection: Any) -> None:
    assert (await hear(connection))["type"] == "connection_ack"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("no json", 4400),
        ("[]", 4400),
        ("7", 4400),
        ("{}", 4400),
        ('{"type": 7}', 4400),
        ('{"type": "shout"}', 4400),
        (b'{"type": "ping"}', 4400),
        ('{"type": "subscribe", "payload": {"query": "{ viewer { email } }"}}', 4400),
        ('{"type": "subscribe", "id": 1, "payload": {"query": "{ viewer { email } }"}}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": {}}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": {"query": 7}}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { email } }", "variables": []}}', 4400),
        ('{"type": "complete"}', 4400),
        ('{"type": "connection_init"}', 4429),
        ('{"type": "ping", "payload": "' + "x" * 131_073 + '"}', 1009),
    ],
)
async def test_what_breaks_the_protocol_ends_the_socket(
    visitor: Person, base_url: str, frame: str | bytes, code: int
) -> None:
    async with socket(base_url, None) as connection:
        await ready(connection)
        await connection.send(frame)
        assert await closed(connection) == code


async def test_before_it_is_begun_nothing_can_be_asked(visitor: Person, base_url: str) -> None:
    url = base_url.replace("http", "ws") + "/graphql"
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol(sockets.PROTOCOL)]) as connection:
        await subscribe(connection, "{ viewer { email } }")
        assert await closed(connection) == 4401


async def test_a_socket_that_never_begins_is_ended(
    visitor: Person, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "INIT_WITHIN", 0.2)
    url = base_url.replace("http", "ws") + "/graphql"
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol(sockets.PROTOCOL)]) as connection:
        assert await closed(connection) == 4408


async def test_who_does_not_answer_a_ping_is_ended(
    visitor: Person, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PING_AFTER", 0.5)
    monkeypatch.setattr(sockets, "PONG_WITHIN", 3.0)
    async with socket(base_url, None) as silent, socket(base_url, None) as polite:
        await ready(silent)
        await ready(polite)
        answering = asyncio.create_task(closed(polite, within=30))
        with pytest.raises(websockets.ConnectionClosed) as ended:
            await silence(silent)
        assert ended.value.rcvd is not None
        assert (ended.value.rcvd.code, answering.done()) == (1013, False)
        answering.cancel()


async def test_a_second_operation_of_the_same_id(person: NewPerson, base_url: str) -> None:
    ada = await person("ada")
    async with socket(base_url, token(ada)) as connection:
        await ready(connection)
        await subscribe(connection, EVENTS)
        await subscribe(connection, EVENTS)
        assert await closed(connection) == 4409


async def test_an_id_is_free_when_its_operation_is_over(person: NewPerson, base_url: str) -> None:
    ada = await person("ada")
    async with socket(base_url, token(ada)) as connection:
        await ready(connection)
        for _ in range(2):
            await subscribe(connection, "{ viewer { email } }")
            assert [(await hear(connection))["type"] for _ in range(2)] == ["next", "complete"]
        await subscribe(connection, EVENTS)
        await say(connection, type="complete", id="1")
        await subscribe(connection, "{ viewer { user { id } } }")
        assert (await hear(connection))["payload"]["data"] == {"viewer": {"user": {"id": ada.id}}}


async def test_sockets_that_send_no_connection_init_are_bounded(
    visitor: Person, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MAX_WAITING", 2)
    url, protocol = base_url.replace("http", "ws") + "/graphql", websockets.Subprotocol("graphql-transport-ws")
    async with AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(websockets.connect(url, subprotocols=[protocol])) for _ in range(2)]
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(url, subprotocols=[protocol])
        await silent[0].send('{"type": "connection_init"}')
        await ready(silent[0])
        third = await stack.enter_async_context(websockets.connect(url, subprotocols=[protocol]))
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(url, subprotocols=[protocol])
        await third.close()
        async with asyncio.timeout(10):
            while True:
                try:
                    await stack.enter_async_context(websockets.connect(url, subprotocols=[protocol]))
                    break
                except websockets.InvalidStatus:
                    await asyncio.sleep(0.02)


async def test_there_is_an_end_to_operations_and_sockets(
    person: NewPerson, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MAX_OPERATIONS", 2)
    monkeypatch.setattr(sockets, "MAX_SOCKETS", 2)
    ada, grace = await person("ada"), await person("grace")
    async with socket(base_url, token(ada)) as one, socket(base_url, token(ada)) as two:
        await ready(one)
        await ready(two)
        for id in ("a", "b", "c"):
            await subscribe(one, EVENTS, id)
        refused = await hear(one)
        assert (refused["type"], refused["id"]) == ("error", "c")
        assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        async with socket(base_url, token(ada)) as three:
            assert await closed(three) == 1013
        async with socket(base_url, token(grace)) as hers:
            await ready(hers)
        await one.close()

        async def again() -> bool:
            async with socket(base_url, token(ada)) as once_more:
                try:
                    await ready(once_more)
                except websockets.ConnectionClosed:
                    return False
                return True

        async with asyncio.timeout(10):
            while not await again():
                await asyncio.sleep(0.02)


async def test_a_syntax_error_leaves_the_rest_alone(person: NewPerson, base_url: str) -> None:
    ada, grace = await person("ada"), await person("grace")
    conversation, after = await start_conversation(ada, grace), await cursor(ada)
    async with socket(base_url, token(ada)) as connection:
        await ready(connection)
        await subscribe(connection, EVENTS, "events", after=after)
        await subscribe(connection, "{ viewer {", "wrong")
        refused = await hear(connection)
        assert (refused["type"], refused["id"]) == ("error", "wrong")
        payload = {"query": "query One { viewer { email } }", "operationName": "Two"}
        await say(connection, id="nameless", type="subscribe", payload=payload)
        refused = await hear(connection)
        assert (refused["type"], refused["id"]) == ("error", "nameless")
        assert refused["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        await send_message(grace, conversation, "still here")
        assert (await hear(connection))["payload"]["data"]["conversationEvents"]["message"]["text"] == "still here"


async def test_a_document_by_its_hash(person: NewPerson, base_url: str, api: Any) -> None:
    ada = await person("ada")
    key = api.state.schema.trust("query Me { viewer { user { username } } }")
    async with socket(base_url, token(ada)) as connection:
        await ready(connection)
        await say(connection, id="1", type="subscribe", payload={"documentId": f"sha256:{key}"})
        assert (await hear(connection))["payload"]["data"]["viewer"]["user"]["username"] == ada.username
        assert (await hear(connection))["type"] == "complete"
        await say(connection, id="2", type="subscribe", payload={"documentId": "sha256:" + "0" * 64})
        assert (await hear(connection))["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def events(response: httpx.Response) -> list[tuple[str, Any]]:
    """All events of a stream, once it has ended."""
    found, kind = [], ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data:"):
            data = line.removeprefix("data:").strip()
            found.append((kind, json.loads(data) if data else None))
    return found


async def test_server_sent_events(person: NewPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "QUIET", 0.1)
    ada, grace = await person("ada"), await person("grace")
    conversation, after = await start_conversation(ada, grace), await cursor(ada)
    listening = {"query": EVENTS, "variables": {"after": after}}
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {ada.token}"}
    async with asyncio.timeout(20):
        async with ada.http.stream("POST", "/graphql", json=listening, headers=headers) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            lines, quiet = response.aiter_lines(), 0
            async for line in lines:
                quiet += line == ":"
                if quiet == 3:
                    await send_message(grace, conversation, "pushed")
                if line.startswith("data:"):
                    heard = json.loads(line.removeprefix("data:"))["data"]["conversationEvents"]
                    assert heard["message"]["text"] == "pushed"
                    break
        query = {"query": "{ viewer { user { username } } }"}
        async with ada.http.stream("POST", "/graphql", json=query, headers=headers) as response:
            answer = {"data": {"viewer": {"user": {"username": ada.username}}}}
            assert await events(response) == [("next", answer), ("complete", None)]
        async with ada.http.stream("POST", "/graphql", json={"query": "{ nothing }"}, headers=headers) as response:
            [(_, wrong), end] = await events(response)
            assert (wrong["errors"][0]["extensions"]["code"], end) == ("BAD_USER_INPUT", ("complete", None))
        mutation = {"query": 'mutation { signOut(refreshToken: "x") { userErrors { code } } }'}
        async with ada.http.stream("GET", "/graphql", params=mutation, headers=headers) as response:
            [(_, wrong), _] = await events(response)
            assert wrong["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT", "what changes something is posted"


async def test_there_is_an_end_to_event_streams(person: NewPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_STREAMS", 1)
    ada = await person("ada")
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {ada.token}"}
    async with ada.http.stream("POST", "/graphql", json={"query": EVENTS}, headers=headers) as first:
        assert first.status_code == 200
        await anext(first.aiter_lines())
        refused = await ada.http.post("/graphql", json={"query": EVENTS}, headers=headers)
        assert refused.status_code == 429
        assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
