"""Work that cannot be done is parked, visible and redriven; other work waits no longer than 5 s."""

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

import config
from clients import redis
from domain import events, jobs, parking
from domain.events import Event
from tests.support.client import until
from tests.support.factories import liked, people, published
from workers import consumer, parked
from workers import jobs as job_worker
from workers.__main__ import COMMANDS, command
from workers.consumer import Consumer
from workers.loop import forever
from workers.parts import Parts
from workers.registry import WORKERS

UNKNOWN_EVENT = '{"type": "PostTranslated", "post_id": 1}'
PATIENCE_S = 5.0


@contextlib.asynccontextmanager
async def consuming(
    parts: Parts, handled: list[Event], *fails: type[Event], error: type[Exception] = ValueError
) -> AsyncIterator[str]:
    """A consumer group of its own that records the events it handles, and fails for those of the types `fails`."""
    group = secrets.token_hex(4)

    async def handler(event: Event) -> Event | None:
        if isinstance(event, fails):
            raise error("poison")
        handled.append(event)
        return None

    await parts.redis.xgroup_create("events", group, id="$", mkstream=True)
    member = Consumer(group, parts.db, parts.redis, parts.waiting_redis, handler)
    running = asyncio.create_task(forever(group, member.step, 0))
    try:
        yield group
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await member.close()
        await parts.redis.xgroup_destroy("events", group)
        await parts.db.execute("DELETE FROM parked_work WHERE queue = $1", f"events:{group}")


async def write_event(parts: Parts, payload: str, kind: str = "PostTranslated", consumer: str | None = None) -> None:
    await parts.db.execute(
        "INSERT INTO outbox (id, kind, payload, consumer, created_at) VALUES (next_id(0), $1, $2::jsonb, $3, now())",
        kind,
        payload,
        consumer,
    )


async def parked_in(parts: Parts, queue: str) -> list[str]:
    records = await parts.db.fetch("SELECT reason FROM parked_work WHERE queue = $1", queue)
    return [record["reason"] for record in records]


async def test_unknown_events_delay_no_other_event_and_are_redriven_once(parts: Parts, workers: None) -> None:
    handled: list[Event] = []
    event = events.PostDeleted(secrets.randbits(60), 1)
    async with consuming(parts, handled) as group:
        for _ in range(48):
            await write_event(parts, UNKNOWN_EVENT, consumer=group)
        begun = time.monotonic()
        await write_event(parts, events.encode(event).decode(), "PostDeleted", group)
        await until(lambda: _present(event in handled), bool)
        assert time.monotonic() - begun < PATIENCE_S
        await until(lambda: parked_in(parts, f"events:{group}"), lambda found: found == [parking.UNKNOWN] * 48)
        assert f"UNKNOWN  events:{group}  PostTranslated" in await COMMANDS["parked"](parts)
        # As a newer version wrote it; redriven twice at the same time, it is handled once.
        await parts.db.execute(
            "UPDATE parked_work SET payload = $2 WHERE queue = $1", f"events:{group}", events.encode(event).decode()
        )
        handled.clear()
        said = await asyncio.gather(
            *(COMMANDS["redrive"](parts, f"events:{group}") for _ in range(2)), return_exceptions=True
        )
        assert sum(int(str(each).split()[0]) for each in said if isinstance(each, str)) == 48
        await until(lambda: _present(len(handled)), lambda count: count == 48)
        assert await parked_in(parts, f"events:{group}") == []


async def _present(value: int) -> int:
    return value


async def test_failing_events_delay_no_other_event(parts: Parts, workers: None) -> None:
    handled: list[Event] = []
    event = events.PostDeleted(secrets.randbits(60), 1)
    async with consuming(parts, handled, events.CommentAdded) as group:
        for number in range(48):
            await write_event(parts, events.encode(events.CommentAdded(number)).decode(), "CommentAdded", group)
        begun = time.monotonic()
        await write_event(parts, events.encode(event).decode(), "PostDeleted", group)
        await until(lambda: _present(event in handled), bool)
        assert time.monotonic() - begun < PATIENCE_S


@pytest.mark.parametrize("error", [TimeoutError, redis.CommandRefusedError])
async def test_events_that_wait_for_a_part_delay_no_other_event_and_are_not_parked(
    parts: Parts, workers: None, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    monkeypatch.setattr(consumer, "TRIES", 1)
    handled: list[Event] = []
    event = events.PostDeleted(secrets.randbits(60), 1)
    async with consuming(parts, handled, events.CommentAdded, error=error) as group:
        for number in range(consumer.AT_ONCE):
            await write_event(parts, events.encode(events.CommentAdded(number)).decode(), "CommentAdded", group)
        await write_event(parts, events.encode(event).decode(), "PostDeleted", group)
        await until(lambda: _present(event in handled), bool, seconds=PATIENCE_S)
        assert await parked_in(parts, f"events:{group}") == []


async def test_events_that_fail_beyond_the_bound_are_parked_at_once(
    parts: Parts, workers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "MAX_RETRYING", 1)
    async with consuming(parts, [], events.CommentAdded) as group:
        for number in range(3):
            await write_event(parts, events.encode(events.CommentAdded(number)).decode(), "CommentAdded", group)
        await until(lambda: parked_in(parts, f"events:{group}"), lambda found: found == [parking.FAILED] * 2)


async def test_event_that_is_no_json_is_parked_and_stays_when_it_cannot_be_put_back(
    parts: Parts, workers: None
) -> None:
    async with consuming(parts, []) as group:
        await parts.redis.xadd("events", {"id": "1", "event": b"\xff\x00{", "group": group})
        await until(lambda: parked_in(parts, f"events:{group}"), lambda found: found == [parking.UNKNOWN])
        assert "1 stay parked" in await COMMANDS["redrive"](parts, f"events:{group}")
        assert await parked_in(parts, f"events:{group}") == [parking.UNKNOWN]


async def test_redriven_events_are_for_their_group_alone(parts: Parts, workers: None) -> None:
    event, last = (events.PostDeleted(secrets.randbits(60), 1) for _ in range(2))
    handled: list[Event] = []
    others: list[Event] = []
    async with consuming(parts, handled) as group, consuming(parts, others):
        await write_event(parts, UNKNOWN_EVENT, consumer=group)
        await until(lambda: parked_in(parts, f"events:{group}"), lambda found: found == [parking.UNKNOWN])
        payload = events.encode(event).decode()
        await parts.db.execute("UPDATE parked_work SET payload = $2 WHERE queue = $1", f"events:{group}", payload)
        await COMMANDS["redrive"](parts, f"events:{group}")
        await until(lambda: _present(event in handled), bool)
        await write_event(parts, events.encode(last).decode(), "PostDeleted")
        await until(lambda: _present(last in handled and last in others), bool)
        assert event not in others


async def test_redrive_of_what_is_not_parked_says_so(settings: config.Settings, parts: Parts) -> None:
    for which in ("7", "no queue"):
        assert str(await command(settings, "redrive", [which])).startswith(f"Nothing is parked as {which!r}")


async def test_dead_letters_of_earlier_versions_are_tried_once_more_or_parked(parts: Parts) -> None:
    unknown, known = (str(secrets.randbits(60)) for _ in range(2))
    event = events.encode(events.MentionsChanged(secrets.randbits(60)))
    await parts.redis.xadd("events:dead:fanout", {"id": unknown, "event": UNKNOWN_EVENT})
    await parts.redis.xadd("events:dead:fanout", {"id": known, "event": event})
    await parked.redrive_known(parts)
    assert await parts.redis.xlen("events:dead:fanout") == 0
    assert (
        await parts.db.fetchval("DELETE FROM parked_work WHERE source = $1 RETURNING kind", unknown) == "PostTranslated"
    )
    assert await parts.db.fetchval("SELECT count(*) FROM parked_work WHERE source = $1", known) == 0
    redriven = "SELECT count(*) FROM outbox WHERE consumer = 'fanout' AND payload = $1::jsonb"
    assert await parts.db.fetchval(redriven, event.decode()) == 1


async def test_unknown_jobs_are_parked_at_once_and_known_jobs_are_done(
    parts: Parts, workers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []

    async def translate(_: Parts, id: int) -> bool:
        done.append(id)
        return False

    async with parts.db.acquire() as tx, tx.transaction():
        subjects = [each << 10 for each in range(1, 31)]
        await jobs.enqueue(tx, "translate post", *subjects, grace=timedelta())
    begun = time.monotonic()
    await until(lambda: parked_in(parts, "jobs"), lambda found: found == [parking.UNKNOWN] * 30)
    assert time.monotonic() - begun < PATIENCE_S
    assert await parts.db.fetchval("SELECT count(*) FROM jobs WHERE kind = 'translate post'") == 0
    await parked.redrive_known(parts)
    assert len(await parked_in(parts, "jobs")) == 30, "this version still cannot do them"
    # As after the update: what was parked as unknown is put back without an operator, and done.
    monkeypatch.setitem(job_worker.KINDS, "translate post", translate)
    await parked.redrive_known(parts)
    await until(lambda: _present(len(done)), lambda count: count == 30)
    assert sorted(done) == subjects
    assert await parked_in(parts, "jobs") == []


async def test_job_that_fails_backs_off_is_parked_and_redriven(
    parts: Parts, workers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    async def fail(_: Parts, id: int) -> bool:
        tries.append(id)
        if len(tries) < jobs.MAX_TRIES + 1:
            raise LookupError("poison")
        return False

    async def left() -> int:
        # Nobody waits for the pauses, which are shorter than a claim: what is being tried is let be.
        await parts.db.execute(
            """
            UPDATE jobs SET due_at = now()
            WHERE kind = 'failing' AND failures > 0 AND due_at < now() + interval '1 minute'
            """
        )
        count: int = await parts.db.fetchval("SELECT count(*) FROM jobs WHERE kind = 'failing'")
        return count

    monkeypatch.setattr(jobs, "MAX_TRIES", 4)
    monkeypatch.setitem(job_worker.KINDS, "failing", fail)
    async with parts.db.acquire() as tx, tx.transaction():
        await jobs.enqueue(tx, "failing", 7 << 10, grace=timedelta())
    await until(lambda: _present(len(tries)), bool)
    await until(
        lambda: parts.db.fetchrow("SELECT failures, due_at > now() AS waits FROM jobs WHERE kind = 'failing'"),
        lambda row: row["failures"] >= 1 and row["waits"],
    )
    await until(left, lambda count: count == 0)
    assert len(tries) == jobs.MAX_TRIES
    assert await parked_in(parts, "jobs") == [parking.FAILED]
    await parked.redrive_known(parts)
    assert await parked_in(parts, "jobs") == [parking.FAILED], "what failed waits for an operator"
    assert await COMMANDS["redrive"](parts, "jobs") == "1 put back."
    await until(left, lambda count: count == 0)
    assert len(tries) == jobs.MAX_TRIES + 1


async def test_job_that_fails_because_redis_refuses_is_not_counted_as_failed(
    parts: Parts, workers: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []

    async def fail(_: Parts, id: int) -> bool:
        tries.append(id)
        if len(tries) == 1:
            raise redis.CommandRefusedError("MISCONF Errors writing to the AOF file: No space left on device")
        return False

    async def state() -> tuple[int, int]:
        await parts.db.execute("UPDATE jobs SET due_at = now() WHERE kind = 'refused' AND due_at > now()")
        left: int = await parts.db.fetchval("SELECT count(*) FROM jobs WHERE kind = 'refused'")
        return len(tries), left

    monkeypatch.setattr(jobs, "MAX_TRIES", 1)
    monkeypatch.setitem(job_worker.KINDS, "refused", fail)
    async with parts.db.acquire() as tx, tx.transaction():
        await jobs.enqueue(tx, "refused", 8 << 10, grace=timedelta())
    await until(state, lambda found: found[0] >= 2 and not found[1])
    assert await parked_in(parts, "jobs") == []
    [record] = [record for record in caplog.records if record.name == "workers.jobs"]
    assert "MISCONF" in record.getMessage()
    assert record.exc_info is None


async def test_unreadable_tally_is_parked_alone(parts: Parts, workers: None) -> None:
    [author_id] = await people(parts.db, 1)
    post, _ = await published(parts.db, parts.redis, author_id)
    poison = ['["no list"]', '[["post.views", 1, 1]]', f'[["post.likes", {2**70}, 1]]']
    async with parts.db.acquire() as tx, tx.transaction():
        # In one transaction, so that the relay brings them in one entry.
        await liked(tx, post.id, 3)
        await tx.execute("UPDATE posts SET like_count = 0 WHERE id = $1", post.id)
        for counts in poison:
            await tx.execute("INSERT INTO tallies (id, counts) VALUES (next_id(0), $1::jsonb)", counts)
        for _ in range(3):
            await tx.execute(
                "INSERT INTO tallies (id, counts) VALUES (next_id(0), $1::jsonb)",
                json.dumps([["post.likes", post.id, 1]]),
            )
    await until(
        lambda: parts.db.fetchval("SELECT like_count FROM posts WHERE id = $1", post.id),
        lambda likes: likes == 3,
        seconds=PATIENCE_S,
    )
    await until(lambda: parked_in(parts, "tallies"), lambda found: len(found) == 3)
    assert sorted(await parked_in(parts, "tallies")) == [parking.FAILED, parking.UNKNOWN, parking.UNKNOWN]
    await parts.db.execute("DELETE FROM parked_work WHERE queue = 'tallies'")


def test_parked_events_of_every_consumer_are_put_back() -> None:
    """By the version that can read them."""
    payload = events.encode(events.PostDeleted(1, 2)).decode()
    readers = [name for name, worker in WORKERS.items() if "`events" in worker.reads]
    assert len(readers) == 3
    for name in readers:
        work = parking.Parked(
            1, f"{parking.EVENTS}{name}", "1", "PostDeleted", parking.UNKNOWN, "", payload, datetime.now(UTC)
        )
        assert parked.is_known(work), name
