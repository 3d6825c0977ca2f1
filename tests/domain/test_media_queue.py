"""Accounts share the media workers: no backlog of one delays what another has sent."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from clients import postgres
from clients.postgres import Database
from domain.media import jobs, queue
from domain.media.jobs import IsVideo, Job, Made, Slow
from domain.media.queue import Kind, Lane, at_turn, claim, expected_slow
from domain.publication import publish_if_ready
from kit.errors import UserError
from tests.support.media_queue import QUICK
from workers.media import LANES

ADA, GRACE, LINUS = 101, 202, 303
PHOTOS: Lane = ((Kind.QUICK_PHOTO,), (Kind.SLOW_PHOTO,))
VIDEOS: Lane = ((Kind.LONG_VIDEO, Kind.SHORT_VIDEO),)
SHORT: Lane = ((Kind.SHORT_VIDEO,),)
MADE = Made({"kind": "photo", "width": 1, "height": 1, "blurhash": "x", "variants": []})
DONE = UserError("INVALID", "The file is empty.")


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    opened = await postgres.connect(spare_database, size=8)
    await opened.execute(
        "INSERT INTO users (id, username, email, display_name, password_hash, birth_date, created_at) "
        "SELECT id, id, id, '', '', '1990-01-01', now() FROM unnest($1::bigint[]) AS u(id)",
        [ADA, GRACE, LINUS],
    )
    yield opened
    await opened.close()


async def send(db: Database, owner: int, count: int = 1, kind: Kind = Kind.QUICK_PHOTO) -> list[int]:
    """Uploads of somebody's whose bytes have arrived, in their order."""
    records = await db.fetch(
        """
        INSERT INTO uploads (id, owner_id, kind, content_type, byte_size, token, status, attempt, heavy, slow,
                             created_at, expires_at)
        SELECT next_id(0), $1, 'PHOTO', 'image/png', 10, md5(random()::text), 'PROCESSING', 0, $3, $4, now(), now()
        FROM generate_series(1, $2) RETURNING id
        """,
        owner,
        count,
        *kind.value,
    )
    return sorted(record["id"] for record in records)


async def owners_in_turn(db: Database, count: int, lane: Lane = PHOTOS) -> list[int]:
    """Whose uploads a single worker processes, one after the other."""
    served: deque[int] = deque(maxlen=queue.RECENT)
    for _ in range(count):
        job = await claim(db, lane, served, 2)
        assert job is not None
        served.append(job.owner_id)
        assert await jobs.finish(db, job, DONE, publish_if_ready)
    return list(served)


async def test_photo_of_another_account_is_claimed_next(db: Database) -> None:
    await send(db, ADA, 40)
    in_work = await claim(db, PHOTOS, [], 2)
    assert in_work is not None
    assert in_work.owner_id == ADA
    [small] = await send(db, GRACE)
    claimed = await claim(db, PHOTOS, [], 2)
    assert claimed is not None
    assert claimed.upload_id == small


async def test_single_worker_takes_turns_between_accounts(db: Database) -> None:
    await send(db, ADA, 9)
    assert await owners_in_turn(db, 3) == [ADA, ADA, ADA]
    await send(db, GRACE, 3)
    await send(db, LINUS, 3)
    assert await owners_in_turn(db, 7) == [ADA, GRACE, LINUS, ADA, GRACE, LINUS, ADA]


async def test_age_decides_within_an_account(db: Database) -> None:
    sent = await send(db, ADA, 3)
    claimed = [await claim(db, PHOTOS, [], 9) for _ in sent]
    assert [job.upload_id for job in claimed if job] == sent


async def test_account_behind_a_backlog_longer_than_the_window_is_found(db: Database) -> None:
    await send(db, ADA, queue._WINDOW * 3)
    assert await claim(db, PHOTOS, [], 2)
    await send(db, GRACE, queue._WINDOW)
    [last] = await send(db, LINUS)
    owners = [job.owner_id for _ in range(3) if (job := await claim(db, PHOTOS, [GRACE], 2))]
    assert owners[0] == LINUS, "who has nothing in work"
    assert sorted(owners[1:]) == [ADA, GRACE], "and then who has least"
    assert await db.fetchval("SELECT attempt FROM uploads WHERE id = $1", last) == 1


@pytest.mark.parametrize("per_owner", [1, 3])
async def test_cap_holds_when_many_claim_at_once(db: Database, per_owner: int) -> None:
    await send(db, ADA, 20)
    await send(db, GRACE, 20)
    claimed = await asyncio.gather(*(claim(db, PHOTOS, [], per_owner) for _ in range(16)))
    held = [job for job in claimed if job]
    assert Counter(job.owner_id for job in held) == {ADA: per_owner, GRACE: per_owner}
    assert len({job.upload_id for job in held}) == 2 * per_owner
    assert await jobs.finish(db, held[0], DONE, publish_if_ready)
    freed = await asyncio.gather(*(claim(db, PHOTOS, [], per_owner) for _ in range(8)))
    assert [job.owner_id for job in freed if job] == [held[0].owner_id]


async def test_many_who_claim_at_once_share_between_accounts(db: Database) -> None:
    await send(db, ADA, 20)
    await send(db, GRACE, 2)
    await send(db, LINUS, 2)
    claimed = await asyncio.gather(*(claim(db, PHOTOS, [], 20) for _ in range(6)))
    assert Counter(job.owner_id for job in claimed if job) == {ADA: 2, GRACE: 2, LINUS: 2}


async def test_claim_that_ran_out_is_no_longer_counted(db: Database) -> None:
    sent = await send(db, ADA, 2)
    assert await claim(db, PHOTOS, [], 1)
    assert await claim(db, PHOTOS, [], 1) is None
    await db.execute("UPDATE uploads SET claimed_until = now() - interval '1 second' WHERE id = $1", sent[0])
    again = await claim(db, PHOTOS, [], 1)
    assert again is not None
    assert (again.upload_id, again.attempt) == (sent[0], 2)


@pytest.mark.parametrize("served", [[], [ADA]])
async def test_locked_row_does_not_stop_the_queue(db: Database, served: list[int]) -> None:
    sent = await send(db, ADA, 2)
    async with db.acquire() as tx, tx.transaction():
        await tx.execute("SELECT FROM uploads WHERE id = $1 FOR UPDATE", sent[0])
        async with asyncio.timeout(5):
            job = await claim(db, PHOTOS, served, 2)
        assert job is not None
        assert job.upload_id == sent[1]


async def test_long_video_does_not_block_a_short_one(db: Database) -> None:
    await send(db, ADA, 5, Kind.LONG_VIDEO)
    long = await claim(db, VIDEOS, [], 2)
    assert long is not None
    assert long.slow
    [short] = await send(db, ADA, 1, Kind.SHORT_VIDEO)
    job = await claim(db, SHORT, [], 2)
    assert job is not None
    assert job.upload_id == short
    assert await claim(db, SHORT, [], 2) is None, "the lane of short videos takes no long one"


async def test_slow_photos_leave_a_lane_to_quick_ones(db: Database) -> None:
    for owner in (ADA, GRACE):
        await send(db, owner, 5, Kind.SLOW_PHOTO)
    assert await claim(db, QUICK, [], 2) is None
    [quick] = await send(db, LINUS)
    job = await claim(db, QUICK, [], 2)
    assert job is not None
    assert job.upload_id == quick


async def test_quick_photos_without_end_do_not_starve_slow_ones(db: Database) -> None:
    await send(db, ADA, 3, Kind.SLOW_PHOTO)
    await send(db, GRACE, 20)
    jobs_ = [await claim(db, at_turn(LANES[0], turn), [], 99) for turn in range(1, 9)]
    assert [job.slow for job in jobs_ if job] == [False, False, False, True] * 2
    assert all(at_turn(lane, 4) == lane for lane in LANES[1:])


@pytest.mark.parametrize(
    ("outcome", "kind", "becomes"),
    [
        (Slow(), Kind.QUICK_PHOTO, Kind.SLOW_PHOTO),
        (Slow(), Kind.SHORT_VIDEO, Kind.LONG_VIDEO),
        (IsVideo(), Kind.SLOW_PHOTO, Kind.SHORT_VIDEO),
    ],
)
async def test_misjudged_upload_is_left_to_another_lane(
    db: Database, outcome: Slow | IsVideo, kind: Kind, becomes: Kind
) -> None:
    await send(db, ADA, 1, kind)
    job = await claim(db, ((kind,),), [], 2)
    assert job is not None
    assert await jobs.finish(db, job, outcome, publish_if_ready)
    assert await claim(db, ((kind,),), [], 2) is None
    again = await claim(db, ((becomes,),), [], 2)
    assert again is not None
    assert (again.upload_id, again.attempt) == (job.upload_id, 2)


async def test_renditions_of_what_is_shown_wait_for_what_is_not(db: Database) -> None:
    shown, unseen = await send(db, ADA, 2, Kind.LONG_VIDEO)
    await db.execute("UPDATE uploads SET status = 'READY', progress = 0.3 WHERE id = $1", shown)
    [short] = await send(db, ADA, 1, Kind.SHORT_VIDEO)
    order = [job.upload_id for _ in range(3) if (job := await claim(db, VIDEOS, [], 2))]
    assert order == [unseen, short, shown]


async def test_release_makes_the_upload_wait(db: Database) -> None:
    await send(db, ADA)
    job: Job | None = await claim(db, PHOTOS, [], 2)
    assert job is not None
    await jobs.release(db, job, timedelta(hours=1), failed=False)
    assert await claim(db, PHOTOS, [], 2) is None


def test_cost_is_expected_from_kind_and_bytes() -> None:
    assert not expected_slow("PHOTO", 3 * 1024**2)
    assert expected_slow("PHOTO", 7 * 1024**2)
    assert not expected_slow("VIDEO", 20 * 1024**2)
    assert expected_slow("VIDEO", 2 * 1024**3)


async def test_uploads_that_wait_for_their_next_try_do_not_hold_up_others_of_the_account(db: Database) -> None:
    await send(db, ADA, 3)
    for _ in range(2):
        job = await claim(db, QUICK, [], 2)
        assert job is not None
        await jobs.retry_later(db, job, timedelta(minutes=1))
    third = await claim(db, QUICK, [], 2)
    assert third is not None
    assert third.other_failures == 0
    assert await claim(db, QUICK, [], 2) is None, "the others wait"
    await db.execute("UPDATE uploads SET claimed_until = now()")
    again = await claim(db, QUICK, [], 2)
    assert again is not None
    assert again.other_failures == 1


async def test_worker_that_lost_its_claim_changes_nothing(db: Database) -> None:
    [upload] = await send(db, ADA)
    first = await claim(db, PHOTOS, [], 2)
    await db.execute("UPDATE uploads SET claimed_until = now() - interval '1 second'")
    second = await claim(db, PHOTOS, [], 2)
    assert first is not None
    assert second is not None
    assert not await jobs.renew(db, first, 0.5)
    assert not await jobs.finish(db, first, DONE, publish_if_ready)
    await jobs.release(db, first, timedelta(), failed=True)
    await jobs.retry_later(db, first, timedelta())
    row = await db.fetchrow("SELECT status, failures, other_failures, progress FROM uploads WHERE id = $1", upload)
    assert tuple(row) == ("PROCESSING", 0, 0, 0)
    assert await jobs.finish(db, second, MADE, publish_if_ready)
