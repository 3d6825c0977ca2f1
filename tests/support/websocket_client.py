"""A minimal graphql-transport-ws client. Tests decide what is sent and expected."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from tests.support.client import Person

EVENTS = """subscription ($in: ID, $after: String) { conversationEvents(conversationId: $in, after: $after) {
  __typename cursor conversation { id }
  ... on MessageSent { message { id text sender { id } idempotencyKey } }
  ... on MessageUnsent { gone: message { id text } }
  ... on ConversationRead { member { user { id } lastReadMessageId } }
  ... on TypingChanged { member { user { id } } isTyping }
  ... on ConversationMembersChanged { user { id } isMember } } }"""


@asynccontextmanager
async def socket(base_url: str, payload: dict[str, Any] | None, **options: Any) -> AsyncIterator[ClientConnection]:
    """A connection whose `connection_init` has been sent."""
    url = base_url.replace("http", "ws") + "/graphql"
    protocol = websockets.Subprotocol("graphql-transport-ws")
    async with websockets.connect(url, subprotocols=[protocol], **options) as connection:
        await connection.send(json.dumps({"type": "connection_init"} | ({"payload": payload} if payload else {})))
        yield connection


async def hear(connection: ClientConnection, within: float = 15) -> dict[str, Any]:
    """The next message that is no ping."""
    async with asyncio.timeout(within):
        while True:
            text = await connection.recv()
            assert isinstance(text, str)
            message: dict[str, Any] = json.loads(text)
            if message["type"] != "ping":
                return message
            await connection.send('{"type":"pong"}')


async def say(connection: ClientConnection, **message: Any) -> None:
    """Send a message."""
    await connection.send(json.dumps(message))


async def subscribe(connection: ClientConnection, query: str, id: str = "1", **variables: Any) -> None:
    """Begin an operation."""
    await say(connection, id=id, type="subscribe", payload={"query": query, "variables": variables})


async def closing(connection: ClientConnection, within: float = 15) -> int:
    """The code with which the server closes the socket; fails where it sends anything but pings before that."""
    with pytest.raises(websockets.ConnectionClosed) as closed:
        pytest.fail(f"heard {await hear(connection, within)}")
    assert closed.value.rcvd is not None
    return int(closed.value.rcvd.code)


def token(person: Person) -> dict[str, Any]:
    """The payload of `connection_init`."""
    return {"authorization": f"Bearer {person.token}"}


class Listener:
    """Somebody who watches their conversations over a socket of their own."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def event(self, within: float = 15) -> dict[str, Any]:
        """The next event; fails where the stream has ended or says what is wrong."""
        message = await hear(self.connection, within)
        assert message["type"] == "next", message
        payload = message["payload"]
        assert not payload.get("errors"), payload
        found: dict[str, Any] = payload["data"]["conversationEvents"]
        return found

    async def ended(self, within: float = 15) -> str | None:
        """How the stream ends: the code of its error, None where it completes."""
        message = await hear(self.connection, within)
        if message["type"] == "complete":
            return None
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        return str(errors[0]["extensions"]["code"])


async def cursor(person: Person) -> str:
    """Where their log stands."""
    viewer = (await person.ask("{ viewer { conversationEventsCursor } }"))["viewer"]
    return str(viewer["conversationEventsCursor"])


@asynccontextmanager
async def listener(
    person: Person, base_url: str, conversation: str | None = None, after: str | None = None, **options: Any
) -> AsyncIterator[Listener]:
    """Somebody who listens from now on, or from the cursor `after` on."""
    async with socket(base_url, token(person), **options) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        if after is None:
            after = await cursor(person)
        await subscribe(connection, EVENTS, **{"in": conversation, "after": after})
        yield Listener(connection)
