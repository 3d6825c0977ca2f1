"""How a consumer group handles events whose handlers fail."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from clients.redis import RedisTimeoutError
from domain import events
from domain.events import Event
from domain.outbox import EVENTS
from tests.support.client import until
from workers import consumer
from workers.consumer import TRIES, Consumer, Handler
from workers.parts import Parts
from workers.stream import Group


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consumers do not wait between tries. Nothing else in this process is affected."""

    async def yield_to_others(_: int) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(consumer, "_pause", yield_to_others)


@pytest.fixture
async def group(parts: Parts) -> AsyncIterator[str]:
    """A new consumer group that reads what is added from now on."""
    name = secrets.token_hex(4)
    await parts.redis.xgroup_create(EVENTS, name, id="$", mkstream=True)
    yield name
    await parts.redis.xgroup_destroy(EVENTS, name)


def order(entry_id: bytes) -> tuple[int, ...]:
    """Ids of entries compare by these."""
    return tuple(map(int, entry_id.split(b"-")))


async def consume(parts: Parts, group: str, handler: Handler) -> Event:
    """Add an event for this group alone, and let a consumer work until the event is acknowledged."""
    event = events.PostPublished(secrets.randbits(60), 2)

    async def only_this_event(received: Event) -> Event | None:
        return await handler(received) if received == event else None

    member = Consumer(group, parts.db, parts.redis, parts.waiting_redis, only_this_event)

    async def work() -> None:
        while await member.step():
            pass

    async def acknowledged() -> bool:
        [info] = [each for each in await parts.redis.xinfo_groups(EVENTS) if each["name"] == group.encode()]
        return bool(order(info["last-delivered-id"]) >= order(entry) and info["pending"] == 0)

    entry = await parts.redis.xadd(EVENTS, {"id": "1", "event": events.encode(event), "group": group})
    working = asyncio.create_task(work())
    try:
        await until(acknowledged, bool)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await member.close()
    return event


async def test_event_waits_while_a_part_is_away(parts: Parts, group: str, no_pauses: None) -> None:
    tries = 0

    async def handler(event: Event) -> Event | None:
        nonlocal tries
        tries += 1
        if tries < 2000:  # with pauses, this takes hours
            raise RedisTimeoutError
        return None

    await consume(parts, group, handler)
    assert tries == 2000
    assert not await parts.db.fetch("SELECT FROM parked_work WHERE queue = $1", f"events:{group}")


async def test_event_that_always_fails_is_parked(parts: Parts, group: str, no_pauses: None) -> None:
    tries = 0

    async def handler(event: Event) -> Event | None:
        nonlocal tries
        tries += 1
        raise ValueError("no")

    event = await consume(parts, group, handler)
    assert tries == TRIES
    [parked] = await parts.db.fetch("DELETE FROM parked_work WHERE queue = $1 RETURNING *", f"events:{group}")
    assert events.decode(parked["payload"].encode()) == event
    assert (parked["kind"], parked["reason"], parked["error"]) == ("PostPublished", "FAILED", "ValueError: no")


async def test_what_is_left_of_an_event_is_left_by_the_first_to_apply_it(parts: Parts) -> None:
    """Another member may have taken the entry from one that was only slow."""
    stream = f"tests-{secrets.token_hex(4)}"
    members = [Group(stream, "tests", parts.redis, parts.waiting_redis) for _ in range(2)]
    await parts.redis.xadd(stream, {"number": "1"})
    await parts.redis.xgroup_create(stream, "tests", id="0")
    [(entry, _)] = await members[0].take_now(1)
    for member in members:
        await member.replace(entry, {"number": "2"})
    assert [fields for _, fields in await parts.redis.xrange(stream)] == [{b"number": b"1"}, {b"number": b"2"}]
    await parts.redis.delete(stream)
