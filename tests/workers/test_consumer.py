"""What the loop of events does with handlers that fail."""

import asyncio
import secrets

import pytest

from clients.redis import RedisTimeoutError
from domain import events
from domain.events import Event
from workers import consumer
from workers.consumer import Consumer
from workers.parts import Parts

EVENT = events.PostPublished(1, 2)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses take no time."""
    sleep = asyncio.sleep
    monkeypatch.setattr(consumer.asyncio, "sleep", lambda seconds: sleep(0))


async def test_an_event_waits_for_as_long_as_a_part_is_away(parts: Parts, unhurried: None) -> None:
    tries = 0

    async def handler(event: Event) -> Event | None:
        nonlocal tries
        tries += 1
        if tries < 2000:  # hours of it
            raise RedisTimeoutError
        return None

    member = Consumer(secrets.token_hex(4), parts.db, parts.redis, parts.waiting_redis, handler)
    assert await member._handled(b"1-1", {b"id": b"1", b"event": events.encode(EVENT)}) is None
    assert tries == 2000


async def test_event_that_always_fails_is_parked(parts: Parts, unhurried: None) -> None:
    async def handler(event: Event) -> Event | None:
        raise ValueError("no")

    group = secrets.token_hex(4)
    await Consumer(group, parts.db, parts.redis, parts.waiting_redis, handler)._handled(
        b"1-1", {b"id": b"1", b"event": events.encode(EVENT)}
    )
    [parked] = await parts.db.fetch("DELETE FROM parked_work WHERE queue = $1 RETURNING *", f"events:{group}")
    assert events.decode(parked["payload"].encode()) == EVENT
    assert (parked["kind"], parked["reason"], parked["error"]) == ("PostPublished", "FAILED", "ValueError: no")
