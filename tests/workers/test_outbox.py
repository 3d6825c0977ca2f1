"""Nothing that was committed is left out, whatever the order of ids and commits."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import get_args

import asyncpg
import msgspec
import pytest

from clients.postgres import Database
from domain import counters, events, outbox, parking
from domain.counters import Count
from workers.parts import Parts


async def test_a_row_with_a_lower_id_that_commits_later_arrives_too(spare_database: str, parts: Parts) -> None:
    db = await asyncpg.create_pool(spare_database, min_size=1, max_size=3)
    await outbox.check_epoch(db, parts.redis)
    [(newest, _)] = await parts.redis.xrevrange(outbox.EVENTS, count=1) or [(b"0-0", {})]
    async with db.acquire() as slow, db.acquire() as quick:
        transaction = slow.transaction()
        await transaction.start()
        await events.record(slow, events.FollowChanged(1, 2), 1)
        async with quick.transaction():
            await events.record(quick, events.FollowChanged(3, 4), 3)
        low = await slow.fetchval("SELECT min(id) FROM outbox")
        high = await quick.fetchval("SELECT min(id) FROM outbox")
        assert low < high
        assert await outbox.relay(db, parts.redis) == 1
        await transaction.commit()
    assert await outbox.relay(db, parts.redis) == 1
    assert await outbox.relay(db, parts.redis) == 0
    sent = await parts.redis.xrange(outbox.EVENTS, min=b"(" + newest)
    assert [int(fields[b"id"]) for _, fields in sent] == [high, low]
    await db.close()


async def test_two_relays_share_the_rows(spare_database: str, parts: Parts) -> None:
    db = await asyncpg.create_pool(spare_database, min_size=1, max_size=3)
    await outbox.check_epoch(db, parts.redis)
    async with db.acquire() as connection:
        for n in range(20):
            await events.record(connection, events.FollowChanged(n, n + 1), n)
        async with connection.transaction():
            # What another relay holds is passed over, not waited for.
            await connection.fetch("SELECT id FROM outbox ORDER BY id LIMIT 5 FOR UPDATE")
            async with asyncio.timeout(10):
                assert await outbox.relay(db, parts.redis) == 15
    assert await outbox.relay(db, parts.redis) == 5
    await db.close()


async def test_a_lost_stream_is_sent_again(spare_database: str, parts: Parts) -> None:
    db = await asyncpg.create_pool(spare_database, min_size=1, max_size=3)
    async with db.acquire() as connection:
        await events.record(connection, events.FollowChanged(1, 2), 1)
        await events.record(connection, events.FollowChanged(3, 4), 3)
    await outbox.check_epoch(db, parts.redis)
    assert await outbox.relay(db, parts.redis) == 2
    assert await outbox.check_epoch(db, parts.redis) == 0
    await db.execute(
        "UPDATE outbox SET sent_at = sent_at - interval '2 minutes' WHERE id = (SELECT min(id) FROM outbox)"
    )
    await db.execute("UPDATE relay_state SET run_id = 'another'")
    assert await outbox.check_epoch(db, parts.redis) == 1, "after a restart, what was sent in the last minute"
    await db.execute("UPDATE outbox SET sent_at = now() WHERE sent_at IS NULL")
    await db.execute("UPDATE relay_state SET epoch = 'another'")
    assert await outbox.check_epoch(db, parts.redis) == 2, "after a loss, everything"
    await db.close()


async def test_events_for_the_index_alone_are_kept_from_other_groups(spare_database: str, parts: Parts) -> None:
    """Workers of versions before the index read EVENTS, and send every row whose `sent_at` is null there."""
    db = await asyncpg.create_pool(spare_database, min_size=1, max_size=3)
    await outbox.check_epoch(db, parts.redis)

    async def sent() -> int:
        assert await db.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0
        assert await outbox.relay(db, parts.redis) == 0
        return await outbox.relay(db, parts.redis, outbox.INDEX_EVENTS)

    async with db.acquire() as connection:
        await events.record_many(connection, [(events.PersonChanged(1), 1), (events.PostEdited(2, 1), 1)])
    await outbox.trim(db, parts.redis)
    assert await sent() == 2
    await db.execute("UPDATE relay_state SET run_id = 'another'")
    assert await outbox.check_epoch(db, parts.redis) == 2
    assert await sent() == 2
    await db.execute("UPDATE relay_state SET epoch = 'another'")
    assert await outbox.check_epoch(db, parts.redis) == 2
    await outbox.trim(db, parts.redis)
    assert await sent() == 2
    payload = events.encode(events.PersonChanged(1))
    await parking.park_event(db, events.INDEX, "1", payload, parking.FAILED, "a try has failed")
    assert await parking.redrive(db) == (1, 0)
    assert await sent() == 1
    await db.close()


async def test_nothing_is_sent_to_a_stranger(spare_database: str, parts: Parts) -> None:
    """Rows sent before a long outage go out again even when new ones wait: the newest sent row still tells of it."""
    db = await asyncpg.create_pool(spare_database, min_size=1, max_size=3)
    await outbox.check_epoch(db, parts.redis)
    async with db.acquire() as connection:
        await events.record(connection, events.FollowChanged(1, 2), 1)
        await outbox.relay(db, parts.redis)
        await db.execute("UPDATE outbox SET sent_at = now() - interval '10 minutes'")
        await db.execute("UPDATE relay_state SET run_id = 'another'")
        await events.record(connection, events.FollowChanged(3, 4), 3)
    assert await outbox.relay(db, parts.redis) == 0
    assert await outbox.check_epoch(db, parts.redis) == 1
    assert await outbox.relay(db, parts.redis) == 2
    await db.close()


async def test_rows_are_kept_for_seven_days(spare_database: str, parts: Parts) -> None:
    db = await asyncpg.create_pool(spare_database, min_size=1, max_size=3)
    async with db.acquire() as connection:
        for _ in range(3):
            await events.record(connection, events.FollowChanged(1, 2), 1)
    await db.execute("UPDATE outbox SET sent_at = now() - interval '8 days' WHERE id = (SELECT min(id) FROM outbox)")
    await db.execute("UPDATE outbox SET sent_at = now() - interval '6 days' WHERE id = (SELECT max(id) FROM outbox)")
    await outbox.trim(db, parts.redis)
    assert await db.fetchval("SELECT count(*) FROM outbox") == 2
    await db.close()


@pytest.mark.parametrize("kind", get_args(events.Event))
def test_events_survive_encoding(kind: type[events.Event]) -> None:
    values = {int: 2**62, bool: True, tuple[int, ...]: (1, 2**62)}
    event = kind(**{field.name: values[field.type] for field in msgspec.structs.fields(kind)})
    assert events.decode(events.encode(event)) == event
    stored = {events.FanoutModeChanged: "ReachChanged"}.get(kind, kind.__name__)
    assert json.loads(events.encode(event))["type"] == stored, "what other versions know it by"


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    """A database whose rows no other relay sends."""
    async with asyncpg.create_pool(spare_database, min_size=1, max_size=3) as pool:
        yield pool


@pytest.fixture
async def streams(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, str]]:
    """The names of the streams of events and of tallies, of which no worker reads."""
    names = tuple(f"{name}-{secrets.token_hex(4)}" for name in outbox.STREAMS)
    events_stream, _, counts_stream = names
    for name, value in (("EVENTS", events_stream), ("COUNTS", counts_stream), ("STREAMS", names)):
        monkeypatch.setattr(outbox, name, value)
    monkeypatch.setitem(outbox._UNSENT_OF, events_stream, "sent_at IS NULL")
    yield events_stream, counts_stream
    await parts.redis.delete(*names)


async def write(db: Database) -> None:
    """An event and a tally."""
    async with db.acquire() as tx, tx.transaction():
        await events.record(tx, events.FollowChanged(1, 2), 1)
        await counters.count(tx, 1, Count("post.likes", 1, 1))


async def test_tallies_are_sent_once_and_again_after_a_loss(
    db: Database, parts: Parts, streams: tuple[str, str]
) -> None:
    await outbox.check_epoch(db, parts.redis)
    await write(db)
    assert [await outbox.relay_tallies(db, parts.redis) for _ in range(2)] == [1, 0]
    await db.execute("UPDATE outbox SET sent_at = now() - interval '1 hour'")
    await db.execute("UPDATE relay_state SET run_id = 'another'")
    assert await outbox.relay_tallies(db, parts.redis) == 0
    await outbox.check_epoch(db, parts.redis)
    assert await outbox.relay_tallies(db, parts.redis) == 1
    assert await parts.redis.xlen(streams[1]) == 2


async def test_nothing_is_sent_while_too_much_waits(
    db: Database, parts: Parts, streams: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BACKLOG", 10)
    await outbox.check_epoch(db, parts.redis)
    await write(db)
    for _ in range(10):
        await parts.redis.xadd(streams[0], {"id": "1"})
    await parts.redis.xadd(streams[1], {"tallies": "[]"})

    async def relayed() -> tuple[int, int]:
        return await outbox.relay(db, parts.redis, streams[0]), await outbox.relay_tallies(db, parts.redis)

    assert await relayed() == (0, 0)
    await parts.redis.delete(*streams)
    assert await relayed() == (1, 1)


async def test_entries_stay_until_every_group_has_applied_them(
    db: Database, parts: Parts, streams: tuple[str, str]
) -> None:
    entries = [await parts.redis.xadd(streams[0], {"id": str(n)}) for n in range(4)]
    for group, applied in (("quick", entries), ("slow", entries[:1])):
        await parts.redis.xgroup_create(streams[0], group, id="0")
        await parts.redis.xreadgroup(group, "member", {streams[0]: ">"}, count=3 if group == "slow" else 4)
        await parts.redis.xack(streams[0], group, *applied)
    await outbox.trim(db, parts.redis)
    assert [entry for entry, _ in await parts.redis.xrange(streams[0])] == entries[1:]


async def test_a_tally_that_was_never_counted_is_sent_again(
    db: Database, parts: Parts, streams: tuple[str, str]
) -> None:
    """Its entry was applied long ago, so the worker that counted it would have deleted it."""
    for _ in range(2):
        await write(db)
    await db.execute("UPDATE tallies SET sent_at = now() - interval '1 minute'")
    lost = await db.fetchval(
        """
        UPDATE tallies SET sent_at = now() - interval '10 minutes' WHERE id = (SELECT min(id) FROM tallies)
        RETURNING id
        """
    )
    await parts.redis.xadd(streams[1], {"tallies": "[]"})
    await parts.redis.xgroup_create(streams[1], "counters", id="0")
    [[_, [(entry, _)]]] = await parts.redis.xreadgroup("counters", "member", {streams[1]: ">"})
    await parts.redis.xack(streams[1], "counters", entry)
    await outbox.trim(db, parts.redis)
    assert [row["id"] for row in await db.fetch("SELECT id FROM tallies WHERE sent_at IS NULL")] == [lost]


async def test_events_for_one_group_are_for_it_alone(db: Database) -> None:
    async with db.acquire() as tx, tx.transaction():
        await events.record_many(tx, [(events.PersonChanged(1), 1), (events.FollowChanged(1, 2), 1)])
    kinds = {row["kind"]: row["consumer"] for row in await db.fetch("SELECT kind, consumer FROM outbox")}
    assert kinds == {"PersonChanged": events.INDEX, "FollowChanged": None}
