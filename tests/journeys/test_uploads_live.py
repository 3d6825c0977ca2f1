"""An upload is watched over a WebSocket, from the first to the last of its states."""

import json

import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from tests.conftest import Clock, NewPerson
from tests.support.client import Person, photo
from tests.support.websocket_client import closing, hear, socket, subscribe, token

WATCH = "subscription ($ids: [ID!]!) { uploadUpdated(uploadIds: $ids) { id status media { id } } }"


async def watch(connection: ClientConnection, *ids: str) -> None:
    assert (await hear(connection))["type"] == "connection_ack"
    await subscribe(connection, WATCH, ids=ids)


async def test_from_first_to_last(person: NewPerson, base_url: str) -> None:
    ada, content = await person("ada"), photo()
    upload = await ada.create_upload(content)
    async with socket(base_url, token(ada)) as connection:
        await watch(connection, upload["id"])
        statuses = []
        while (message := await hear(connection))["type"] == "next":
            seen = message["payload"]["data"]["uploadUpdated"]
            assert seen["id"] == upload["id"]
            statuses.append(seen["status"])
            if statuses == ["AWAITING_BYTES"]:
                assert await ada.send(upload, content) == 200
        assert message["type"] == "complete"
    assert statuses in (["AWAITING_BYTES", "PROCESSING", "READY"], ["AWAITING_BYTES", "READY"])
    assert seen["media"] is not None


async def test_what_is_over_is_told_and_completes(person: NewPerson, base_url: str) -> None:
    ada = await person("ada")
    ready, bad = await ada.upload(), await ada.upload(b"no picture")
    await ada.processed(ready)
    await ada.processed(bad)
    async with socket(base_url, token(ada)) as connection:
        await watch(connection, ready, bad)
        seen = [(await hear(connection))["payload"]["data"]["uploadUpdated"]["status"] for _ in range(2)]
        assert seen == ["READY", "REJECTED"]
        assert (await hear(connection))["type"] == "complete"


async def test_somebody_elses_upload_is_not_there(person: NewPerson, base_url: str) -> None:
    ada, grace = await person("ada"), await person("grace")
    upload = await ada.create_upload(photo())
    async with socket(base_url, token(grace)) as connection:
        await watch(connection, upload["id"])
        assert (await hear(connection))["type"] == "complete"


async def test_signed_out(base_url: str, person: NewPerson) -> None:
    ada = await person("ada")
    upload = await ada.create_upload(photo())
    async with socket(base_url, None) as connection:
        await watch(connection, upload["id"])
        message = await hear(connection)
    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_token_that_runs_out_ends_the_stream(base_url: str, person: NewPerson, now: Clock) -> None:
    ada, content = await person("ada"), photo()
    upload = await ada.create_upload(content)
    async with socket(base_url, token(ada)) as connection:
        await watch(connection, upload["id"])
        assert (await hear(connection))["payload"]["data"]["uploadUpdated"]["status"] == "AWAITING_BYTES"
        with now.moved(minutes=16):
            assert await ada.send(upload, content) == 200
            assert await closing(connection) == 4403


async def test_a_bad_token_closes_the_socket(base_url: str, visitor: Person) -> None:
    async with socket(base_url, {"authorization": "Bearer nonsense"}) as connection:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await hear(connection)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_other_protocols_are_refused(base_url: str, visitor: Person) -> None:
    url = base_url.replace("http", "ws") + "/graphql"
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol("graphql-ws")]) as connection:
        with pytest.raises(websockets.ConnectionClosed):
            await hear(connection)


async def test_other_origins_are_refused(base_url: str, visitor: Person) -> None:
    url = base_url.replace("http", "ws") + "/graphql"
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(url, origin=websockets.Origin("http://stranger.test"))


async def test_queries_on_a_socket_are_each_their_own(base_url: str, person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    ask = {"query": '{ user(username: "%s") { viewerFollow } }' % grace.username}  # noqa: UP031
    async with socket(base_url, token(ada)) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        seen = []
        for id in ("1", "2"):
            await connection.send(json.dumps({"id": id, "type": "subscribe", "payload": ask}))
            seen.append((await hear(connection))["payload"]["data"]["user"]["viewerFollow"])
            assert (await hear(connection))["type"] == "complete"
            await ada.follow(grace)
    assert seen == ["NONE", "FOLLOWING"], "what one operation has loaded is not the next one's"


async def test_a_socket_is_signed_in_no_longer_than_its_token(base_url: str, person: NewPerson, now: Clock) -> None:
    ada = await person("ada")
    async with socket(base_url, token(ada)) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        with now.moved(minutes=16):
            await connection.send(
                json.dumps({"id": "1", "type": "subscribe", "payload": {"query": "{ viewer { email } }"}})
            )
            assert await closing(connection) == 4403
