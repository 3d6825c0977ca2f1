"""People who hear of messages and notifications over WebSocket, and come back by cursor whenever they are cut off."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import websockets

from tests.chaos.client import OUTAGE_CODES
from tests.chaos.people import Person
from tests.support.websocket_client import hear, socket, subscribe

MESSAGES = """subscription ($after: String) { conversationEvents(after: $after) { __typename cursor
  ... on MessageSent { message { id text } conversation { id } } } }"""
NOTIFICATIONS = (
    """subscription ($after: String) { notificationReceived(after: $after) { cursor notification { id } } }"""
)
CURSORS = """{ viewer { conversationEventsCursor notificationsCursor }
  notifications(first: 100) { nodes { id } } }"""
QUIET_S = 25.0


@dataclass
class Heard:
    """What one stream brought, without what came twice: `repeats` is how much that was."""

    after: str
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    repeats: int = 0
    connections: int = 0

    def note(self, event: dict[str, Any]) -> None:
        cursor = event["cursor"]
        if cursor is None:
            return
        self.repeats += cursor in self.events
        self.events.setdefault(cursor, event)
        self.after = cursor


class Listener:
    """Both streams of a person, each over a socket of its own."""

    def __init__(self, person: Person, next_url: Callable[[], str], chance: random.Random) -> None:
        self.person = person
        self._next_url = next_url
        self._chance = chance
        self.messages: Heard
        self.notifications: Heard
        self.known: set[str] = set()
        """The notifications that were there before."""

    async def begin(self) -> None:
        """Remember where both streams stand now."""
        data = await self.person.client.read("cursors", CURSORS)
        assert data is not None
        self.messages = Heard(data["viewer"]["conversationEventsCursor"])
        self.notifications = Heard(data["viewer"]["notificationsCursor"])
        self.known = {node["id"] for node in data["notifications"]["nodes"]}

    async def run(self) -> None:
        """Listen until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(MESSAGES, "conversationEvents", self.messages))
            tasks.create_task(self._listen(NOTIFICATIONS, "notificationReceived", self.notifications))

    async def _listen(self, document: str, name: str, heard: Heard) -> None:
        while True:
            with contextlib.suppress(OSError, TimeoutError, websockets.WebSocketException):
                await self._hear(document, name, heard)
            await asyncio.sleep(self._chance.uniform(0.3, 1.5))

    async def _hear(self, document: str, name: str, heard: Heard) -> None:
        await self.person.client.renew()
        payload = {"authorization": f"Bearer {self.person.client.token}"}
        async with socket(self._next_url(), payload, open_timeout=5, close_timeout=1, ping_interval=None) as connection:
            if (await hear(connection))["type"] != "connection_ack":
                return
            await subscribe(connection, document, after=heard.after)
            heard.connections += 1
            while True:
                message = await hear(connection, QUIET_S)
                if message["type"] == "next" and not message["payload"].get("errors"):
                    heard.note(message["payload"]["data"][name])
                    continue
                errors = message["payload"] if message["type"] == "error" else message.get("payload", {}).get("errors")
                code = errors[0].get("extensions", {}).get("code") if errors else message["type"]
                if message["type"] != "error" or code not in OUTAGE_CODES:
                    said = f"{name} of {self.person.client.username} brought {message['type']} with {code}: {errors}"
                    self.person.client.record.violations.append(said)
                return
