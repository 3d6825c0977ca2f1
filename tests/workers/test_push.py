"""Enqueued pushes are sent, whatever the push services answer and whichever worker dies."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from clients.postgres import Database
from domain import parking, presence
from domain.accounts import actions as accounts
from domain.push import actions, queue
from domain.push.rows import Content
from embedded.stack import environment
from tests.conftest import Clock
from tests.support.client import until
from tests.support.push_services import PushServices, credentials
from tests.support.stored_data import found_in_keys, found_in_tables
from tests.workers.readers import Reader, claimed, somebody, token
from workers import push
from workers.parts import Parts

ROOT = Path(__file__).parents[2]
SOON = 3.0


class Words:
    """What pushes say: their subject, but for what a test has put here; an exception is raised."""

    def __init__(self) -> None:
        self.said: dict[int, Content | Exception | None] = {}
        self.asked: list[int] = []

    async def __call__(self, db: Database, kind: str, asked: Sequence[tuple[int, int]]) -> list[Content | None]:
        contents: list[Content | None] = []
        for _, subject_id in asked:
            self.asked.append(subject_id)
            said = self.said.get(subject_id, Content(kind, str(subject_id)))
            if isinstance(said, Exception):
                raise said
            contents.append(said)
        return contents


@pytest.fixture
async def services(now: Clock) -> AsyncIterator[PushServices]:
    made = PushServices(credentials(), now)
    async with made.served():
        yield made


@pytest.fixture
async def words(parts: Parts, now: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Words]:
    """What is said by a worker that runs meanwhile."""
    monkeypatch.setenv("SSL_CERT_FILE", str(credentials().certificate))
    said = Words()
    settings = msgspec.structs.replace(parts.settings, fcm_account=credentials().account)
    running = asyncio.create_task(push.run(replace(parts, settings=settings), {"message": said}, now))
    yield said
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def reader(parts: Parts) -> Reader:
    return await somebody(parts)


async def bodies(services: PushServices, token: str, count: int) -> list[str]:
    """What was sent there, once it is as much."""

    async def look() -> list[str]:
        return [each.content["aps"]["alert"]["body"] for each in services.to(token)]

    return await until(look, lambda seen: len(seen) == count)


async def test_every_device_is_reached(services: PushServices, words: Words, reader: Reader) -> None:
    await reader.phone(token(reader))
    await reader.phone(f"android:{reader.id}", "FCM")
    await reader.browser(services, f"browser-{reader.id}")
    await reader.enqueue(1)
    await reader.served()
    assert sorted(each.token for each in services.received) == sorted(
        [token(reader), f"android:{reader.id}", f"browser-{reader.id}"]
    )
    assert {each.headers.get("apns-collapse-id") for each in services.to(token(reader))} == {
        each.content["tag"] for each in services.to(f"browser-{reader.id}")
    }
    assert words.asked == [1], "rendered once"


async def test_who_has_no_device_is_promised_nothing(reader: Reader) -> None:
    await reader.enqueue(1)
    assert await reader.waiting() == []


async def test_what_is_no_longer_to_be_shown_is_not_sent(services: PushServices, words: Words, reader: Reader) -> None:
    await reader.phone(token(reader))
    words.said[1] = None
    await reader.enqueue(1)
    await reader.served()
    assert words.asked == [1]
    assert services.received == []


@pytest.mark.parametrize("ended", ["signed out", "deactivated", "expired"])
async def test_a_session_that_is_over_is_not_reached(
    services: PushServices, words: Words, reader: Reader, ended: str
) -> None:
    await reader.phone(token(reader))
    await reader.enqueue(1, urgent=False)
    db = reader.parts.db
    if ended == "signed out":
        async with db.acquire() as tx, tx.transaction():
            await accounts._end(tx, reader.session_id)
        assert await db.fetchval("SELECT count(*) FROM devices WHERE user_id = $1", reader.id) == 0
    elif ended == "deactivated":
        await db.execute("UPDATE users SET status = 'DEACTIVATED' WHERE id = $1", reader.id)
    else:
        await db.execute("UPDATE sessions SET expires_at = now() WHERE id = $1", reader.session_id)
    await reader.hurry()
    await reader.served()
    assert services.received == []


async def test_a_dead_device_is_removed(services: PushServices, words: Words, reader: Reader, now: Clock) -> None:
    await reader.phone(token(reader))
    alive = await reader.browser(services, f"alive-{reader.id}")
    await reader.browser(services, f"dead-{reader.id}")
    dead_since = int(now().timestamp() * 1000) + 1000
    services.will_answer(token(reader), 410, {"reason": "Unregistered", "timestamp": dead_since})
    services.will_answer(f"dead-{reader.id}", 410)
    await reader.enqueue(1)
    await reader.served()
    assert await reader.devices() == [alive.id]


async def test_a_device_that_was_registered_again_since_stays(
    services: PushServices, words: Words, reader: Reader, now: Clock
) -> None:
    device = await reader.phone(token(reader))
    long_ago = int(now().timestamp() * 1000) - 60_000
    services.will_answer(token(reader), 410, {"reason": "Unregistered", "timestamp": long_ago})
    await reader.enqueue(1)
    await reader.served()
    assert await reader.devices() == [device.id]


async def test_a_device_that_is_registered_again_meanwhile_stays(reader: Reader) -> None:
    before = await reader.phone(token(reader))
    again = await reader.phone(token(reader))
    assert (before.id, before.created_at) == (again.id, again.created_at)
    await actions.remove_dead(reader.parts.db, before, None)
    assert await reader.devices() == [again.id]
    await actions.remove_dead(reader.parts.db, again, None)
    assert await reader.devices() == []


async def test_retry_after_is_waited_for_by_the_device_that_is_told_so(
    services: PushServices, words: Words, reader: Reader
) -> None:
    busy = await reader.phone(token(reader))
    await reader.browser(services, f"free-{reader.id}")
    services.will_answer(token(reader), 429, {"reason": "TooManyRequests"}, **{"retry-after": "300"})
    await reader.enqueue(1)
    row = await reader.tried(1)
    assert row["left_devices"] == [busy.id]
    assert 290 < row["wait"] <= 300 * 1.5
    await reader.hurry()
    await reader.served()
    assert [each.status for each in services.to(token(reader))] == [429, 200]
    assert len(services.to(f"free-{reader.id}")) == 1


async def test_trouble_is_met_with_patience_and_in_the_end_given_up(
    services: PushServices, words: Words, reader: Reader
) -> None:
    await reader.phone(token(reader))
    for _ in range(4):
        services.will_answer(token(reader), 503, {"reason": "ServiceUnavailable"})
    await reader.enqueue(1)
    for attempt, least in ((1, 10), (2, 20), (3, 40)):
        row = await reader.tried(attempt)
        assert least - 2 < row["wait"] <= least * 1.5
        if attempt == 3:
            await reader.parts.db.execute(
                "UPDATE pushes SET attempt = $2 WHERE user_id = $1", reader.id, push.TRIES - 1
            )
        await reader.hurry()
    await reader.served()
    assert [each.status for each in services.to(token(reader))] == [503] * 4


async def test_a_renderer_that_fails_is_asked_again(services: PushServices, words: Words, reader: Reader) -> None:
    await reader.phone(token(reader))
    words.said[1] = RuntimeError("not today")
    await reader.enqueue(1)
    assert (await reader.tried(1))["wait"] < 20
    words.said.clear()
    await reader.hurry()
    assert await bodies(services, token(reader), 1) == ["1"]


async def test_push_that_cannot_be_rendered_delays_no_other_and_is_parked(
    services: PushServices, words: Words, reader: Reader
) -> None:
    await reader.phone(token(reader))
    words.said[1] = RuntimeError("never")
    async with reader.parts.db.acquire() as tx, tx.transaction():
        for subject_id in range(4):
            await queue.enqueue(tx, [reader.id], "message", subject_id, str(subject_id), urgent=True)
        await queue.enqueue(tx, [reader.id], "hologram", 5, "5", urgent=True)
    assert sorted(await bodies(services, token(reader), 3)) == ["0", "2", "3"]
    await reader.tried(1)
    await reader.parts.db.execute("UPDATE pushes SET attempt = $2 WHERE user_id = $1", reader.id, push.TRIES - 1)
    await reader.hurry()
    await reader.served()
    parked = await reader.parts.db.fetch("SELECT kind, reason FROM parked_work WHERE queue = 'pushes' ORDER BY kind")
    assert [tuple(row) for row in parked] == [("hologram", "UNKNOWN"), ("message", "FAILED")]
    words.said.clear()
    await parking.redrive(reader.parts.db, "pushes", is_wanted=lambda each: each.kind == "message")
    assert sorted(await bodies(services, token(reader), 4)) == ["0", "1", "2", "3"]
    await reader.parts.db.execute("DELETE FROM parked_work WHERE queue = 'pushes'")


async def test_whoever_is_online_is_not_pushed_to(services: PushServices, words: Words, reader: Reader) -> None:
    await reader.phone(token(reader))
    await presence.seen(reader.parts.redis, [reader.id])
    await reader.enqueue(1)
    assert (await reader.tried(1))["wait"] < 15
    await reader.hurry(presence.TTL)
    await reader.served()
    assert (services.received, words.asked) == ([], [])


async def test_who_only_was_online_is_pushed_to(services: PushServices, words: Words, reader: Reader) -> None:
    await reader.phone(token(reader))
    await presence.seen(reader.parts.redis, [reader.id])
    await reader.enqueue(1)
    assert (await reader.tried(1))["wait"] < 15
    await reader.parts.redis.delete(f"presence:{reader.id}")
    await reader.hurry()
    assert await bodies(services, token(reader), 1) == ["1"]


async def test_presence(parts: Parts) -> None:
    people = list(range(10**6, 10**6 + 3000))
    await presence.seen(parts.redis, people[::2])
    assert await presence.online(parts.redis, people) == set(people[::2])
    assert 10 < await parts.redis.ttl(f"presence:{people[0]}") <= 15
    await presence.seen(parts.redis, [])
    assert await presence.online(parts.redis, []) == set()


async def test_the_last_of_those_that_stand_for_each_other_is_sent(
    services: PushServices, words: Words, reader: Reader
) -> None:
    await reader.phone(token(reader))
    for subject_id in (1, 2, 2, 3, 3):
        await reader.enqueue(subject_id, urgent=False)
    await reader.enqueue(9, key="other", urgent=False)
    rows = await reader.waiting()
    assert [(row["subject_id"], row["version"]) for row in rows] == [(3, 2), (9, 0)]
    assert all(25 < row["wait"] <= 30 for row in rows), "more may come"
    await reader.enqueue(4)
    assert await bodies(services, token(reader), 1) == ["4"], "what is urgent takes the others along"
    await until(reader.waiting, lambda rows: len(rows) == 1)
    await reader.hurry()
    assert await bodies(services, token(reader), 2) == ["4", "9"]
    await reader.served()


async def test_what_takes_the_place_of_one_that_is_being_sent_is_sent_too(reader: Reader) -> None:
    await reader.phone(token(reader))
    await reader.enqueue(1)
    first = await claimed(reader)
    await reader.enqueue(2)
    assert (await reader.waiting())[0]["due_at"] == first.lease, "by the worker that sends the first, when it is done"
    await queue.done(reader.parts.db, first)
    second = await claimed(reader)
    assert (first.subject_id, second.subject_id) == (1, 2)
    await reader.enqueue(3)
    await queue.put_off(reader.parts.db, second, timedelta(seconds=60), [1])
    [row] = await reader.waiting()
    assert (row["subject_id"], row["left_devices"]) == (3, None), "it is for all devices"
    assert 55 < row["wait"] <= 60, "but the wait that a service has asked for stays"
    await reader.hurry()
    await queue.done(reader.parts.db, await claimed(reader))
    assert await reader.waiting() == []


async def test_a_lease_that_has_run_out_binds_nobody(reader: Reader) -> None:
    await reader.phone(token(reader))
    await reader.enqueue(1)
    db = reader.parts.db
    late = await claimed(reader)
    await reader.hurry()
    current = await claimed(reader)
    assert (late.attempt, current.attempt) == (1, 2)
    await queue.done(db, late)
    assert len(await reader.waiting()) == 1, "it is somebody else's by now"
    await queue.done(db, current)
    assert await reader.waiting() == []


async def test_a_service_that_does_not_answer_holds_up_nobody(
    services: PushServices, words: Words, reader: Reader
) -> None:
    other = await somebody(reader.parts)
    await reader.browser(services, f"silent-{reader.id}")
    services.silent.add(f"silent-{reader.id}")
    await reader.enqueue(1)
    await until(reader.waiting, lambda rows: rows[0]["attempt"] == 1)
    await other.phone(token(other))
    await other.enqueue(2)
    async with asyncio.timeout(SOON):
        assert await bodies(services, token(other), 1) == ["2"]
    assert (await reader.tried(1))["left_devices"] is not None


async def test_nothing_that_is_said_is_kept(services: PushServices, words: Words, reader: Reader) -> None:
    await reader.phone(token(reader))
    words.said[1] = Content("Ada Lovelace", "meet me at the mill-pond", {"where": "under the willow-tree"})
    services.will_answer(token(reader), 503)
    await reader.enqueue(1)
    await reader.tried(1)
    needles = ("Ada Lovelace", "mill-pond", "willow-tree")
    assert await found_in_tables(reader.parts, *needles) == []
    assert await found_in_keys(reader.parts, *needles) == []
    await reader.hurry()
    assert await bodies(services, token(reader), 2) == ["meet me at the mill-pond"] * 2


@pytest.mark.kill
@pytest.mark.parametrize(("point", "times"), [("push claimed", 1), ("push sent", 2)])
async def test_a_worker_is_killed(
    services: PushServices, reader: Reader, tmp_path: Path, point: str, times: int
) -> None:
    await reader.phone(token(reader))
    await reader.enqueue(1)
    settings = msgspec.structs.replace(reader.parts.settings, fcm_account=credentials().account)
    certificate = {"SSL_CERT_FILE": str(credentials().certificate)}
    struck = {"HELIOGRAPH_KILL_POINT": f"{point}:SIGKILL:{tmp_path / 'struck'}"}
    command = [sys.executable, "-m", "tests.workers.pushing"]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment(settings), **certificate, **struck})

    first = start()
    assert await asyncio.to_thread(first.wait, 20) == -signal.SIGKILL
    assert len(await reader.waiting()) == 1, "it is not lost"
    await reader.hurry()
    second = start()
    try:
        await reader.served()
    finally:
        second.kill()
        second.wait()
    assert await bodies(services, token(reader), times) == ["1"] * times
    assert len({each.headers["apns-collapse-id"] for each in services.to(token(reader))}) == 1, "shown as one"


async def test_a_queue_that_nobody_reads_has_an_end(reader: Reader) -> None:
    await reader.phone(token(reader))
    await reader.enqueue(1, urgent=False)
    await queue.forget_old(reader.parts.db)
    assert len(await reader.waiting()) == 1
    await reader.parts.db.execute("UPDATE pushes SET promised_at = now() - interval '25 hours'")
    await queue.forget_old(reader.parts.db)
    assert await reader.waiting() == []
