"""Processing of uploads. One worker at a time has the lease of an upload; results count only while it has the lease."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from clients.postgres import Connection, Database
from domain.media import erasure_queue, quota
from domain.media.discard import discard, end
from domain.media.storage import MEDIA, original_key
from domain.statuses import UploadStatus
from kit.errors import UserError

CLAIM = timedelta(seconds=30)
UNATTACHED_LIFE = timedelta(hours=24)
EXPIRY_GRACE = timedelta(minutes=5)
BATCH_SIZE = 500
"""Uploads that are expired or discarded at a time."""


class Job(msgspec.Struct, frozen=True):
    """An upload that a worker has leased, for the `attempt`th time; its decoding has failed `failures` times.

    `other_failures` are not caused by the file, but by storage or by a bug.

    `media` is the result of earlier work. If READY, it lacks some `renditions` only; `video` says how to make them and
    `tracks` which exist. `original` is where its bytes are after quarantine, under the name `original_name` (None where
    an older version made the upload). `vetted`: a moderator has allowed it. A `slow` one is expected to take long, for
    a photo or for a video.
    """

    upload_id: int
    owner_id: int
    token: str
    heavy: bool
    content_type: str
    byte_size: int
    attempt: int
    failures: int = 0
    other_failures: int = 0
    slow: bool = False
    status: UploadStatus = "PROCESSING"
    photo_filter: str | None = None
    vetted: bool = False
    original: str | None = None
    original_name: str | None = None
    media: dict[str, Any] | None = None
    renditions: dict[str, Any] | None = None


class Made(msgspec.Struct, frozen=True):
    """The result of an upload: rows' `media`. Below a `progress` of 1 there are renditions to come."""

    media: dict[str, Any]
    renditions: dict[str, Any] | None = None
    progress: float = 1.0


class IsVideo(msgspec.Struct, frozen=True):
    """The file is a video, whatever its declared type: a worker for videos must process it."""


class Slow(msgspec.Struct, frozen=True):
    """It takes longer than expected: a worker for slow uploads must process it."""


class NeedsReview(msgspec.Struct, frozen=True):
    """A moderator has to review it; `reason` is for them."""

    reason: str


Outcome = Made | NeedsReview | IsVideo | Slow | UserError
"""The outcome of processing. A UserError is the reason for its rejection."""

Publish = Callable[[Connection, int], Awaitable[None]]
"""Updates what uses the upload of this ID, in the transaction that changes the status of the upload."""

UNFINISHED = "status = 'PROCESSING' OR (status = 'READY' AND progress < 1)"
"""SQL for the uploads that are waiting to be processed, or are being processed."""
_MINE = f"id = $1 AND attempt = $2 AND ({UNFINISHED})"


async def renew(db: Database, job: Job, progress: float) -> bool:
    """Renew the lease of the upload for another 30 s, with its `progress`. Returns False if the lease is lost.

    Progress does not fall when work is repeated after a failure.
    """
    return bool(
        await db.fetchval(
            f"""
            UPDATE uploads SET claimed_until = now() + $3::interval, progress = greatest(progress, $4)
            WHERE {_MINE} RETURNING true
            """,
            job.upload_id,
            job.attempt,
            CLAIM,
            progress,
        )
    )


async def release(db: Database, job: Job, pause: timedelta, *, failed: bool) -> None:
    """Release the upload, to be leased again after `pause`; `failed` if the file may be the cause."""
    await db.execute(
        f"UPDATE uploads SET claimed_until = now() + $3::interval, failures = failures + $4::int WHERE {_MINE}",
        job.upload_id,
        job.attempt,
        pause,
        int(failed),
    )


async def retry_later(db: Database, job: Job, pause: timedelta) -> None:
    """Release the upload after a failure that is not caused by the file, to be leased again after `pause`.

    In the meantime it does not count as work in progress of its account.
    """
    await db.execute(
        f"""
        UPDATE uploads SET claimed_until = now() + $3::interval, other_failures = other_failures + 1,
            waits_for_retry = true
        WHERE {_MINE}
        """,
        job.upload_id,
        job.attempt,
        pause,
    )


async def unreceive(db: Database, job: Job) -> None:
    """Wait for the bytes again: they are missing after all."""
    await db.execute(
        """
        UPDATE uploads SET status = 'AWAITING_BYTES', claimed_until = NULL
        WHERE id = $1 AND attempt = $2 AND status = 'PROCESSING'
        """,
        job.upload_id,
        job.attempt,
    )


async def finish(db: Database, job: Job, outcome: Outcome, publish: Publish) -> bool:
    """Set the upload to READY, IN_REVIEW or REJECTED and `publish` what uses it; or release it as `IsVideo` or `Slow`.

    It stays PROCESSING if another filter was chosen in the meantime. Older results that are not in `outcome` are
    enqueued for erasure. Returns False, and does nothing, if the upload is deleted or the lease is lost.
    """
    made = outcome if isinstance(outcome, Made) else None
    async with db.acquire() as tx, tx.transaction():
        row = await tx.fetchrow(
            f"SELECT photo_filter FROM uploads WHERE {_MINE} FOR UPDATE", job.upload_id, job.attempt
        )
        if row is None:
            return False
        if isinstance(outcome, IsVideo | Slow):
            await tx.execute(
                "UPDATE uploads SET heavy = $2, slow = $3, claimed_until = NULL WHERE id = $1",
                job.upload_id,
                job.heavy or isinstance(outcome, IsVideo),
                isinstance(outcome, Slow),
            )
            return True
        status: UploadStatus = "READY" if made else "IN_REVIEW" if isinstance(outcome, NeedsReview) else "REJECTED"
        if made and row["photo_filter"] != job.photo_filter:
            status = "PROCESSING"
        progress = made.progress if made and status == "READY" else 0.0
        await tx.execute(
            """
            UPDATE uploads SET status = $2, media = $3::jsonb, renditions = $4::jsonb, rejection = $5::jsonb,
                doubt = $6, original = $7, progress = $8, failures = 0,
                other_failures = 0,
                claimed_until = CASE WHEN $9 THEN now() END
            WHERE id = $1
            """,
            job.upload_id,
            status,
            json.dumps(made.media) if made else None,
            json.dumps(made.renditions) if made and made.renditions else None,
            msgspec.json.encode(outcome).decode() if isinstance(outcome, UserError) else None,
            outcome.reason if isinstance(outcome, NeedsReview) else None,
            None if status == "REJECTED" else job.original or original_key(job.original_name or job.token),
            progress,
            status == "READY" and progress < 1,
        )
        if status == "REJECTED":
            await erasure_queue.erase(tx, [job.token], [job.original_name])
            await quota.release(tx, [(job.owner_id, job.status, job.byte_size)])
        elif job.media is not None and job.status == "PROCESSING":
            stale = _keys(job.media) - (_keys(made.media) if made else set())
            await erasure_queue.write(tx, job.token, [MEDIA + key for key in sorted(stale)])
        await publish(tx, job.upload_id)
        return True


def _keys(media: Mapping[str, Any]) -> set[str]:
    return {variant["key"] for variant in media["variants"]}


async def expire(db: Database, publish: Publish) -> list[tuple[int, int]]:
    """Expire uploads whose bytes never came, and `publish` what uses them. Returns (owner, upload) of each."""
    ended = []
    overdue = await db.fetch(
        "SELECT id FROM uploads WHERE status = 'AWAITING_BYTES' AND expires_at < now() - $1::interval LIMIT $2",
        EXPIRY_GRACE,
        BATCH_SIZE,
    )
    for record in overdue:
        async with db.acquire() as tx, tx.transaction():
            owner_id = await tx.fetchval(
                "SELECT owner_id FROM uploads WHERE id = $1 AND status = 'AWAITING_BYTES' FOR UPDATE", record["id"]
            )
            if owner_id:
                await end(tx, record["id"])
                await publish(tx, record["id"])
                ended.append((owner_id, record["id"]))
    return ended


async def discard_unattached(db: Database) -> int:
    """Delete uploads that are unused a day after their bytes were due; returns how many. Those in review stay."""
    # Nothing expires before it is created: that is said for the index.
    idle = await db.fetch(
        """
        SELECT id, owner_id FROM uploads
        WHERE NOT used AND created_at < now() - $1::interval AND expires_at < now() - $1::interval
            AND status IN ('READY', 'REJECTED', 'EXPIRED') LIMIT $2
        """,
        UNATTACHED_LIFE,
        BATCH_SIZE,
    )
    gone = 0
    for record in idle:
        async with db.acquire() as tx, tx.transaction():
            if await tx.fetchval(
                "SELECT true FROM uploads WHERE id = $1 AND NOT used FOR UPDATE SKIP LOCKED", record["id"]
            ):
                await discard(tx, [record["id"]], record["owner_id"])
                gone += 1
    return gone


async def statuses(db: Database, tokens: list[str]) -> dict[str, UploadStatus]:
    """The status of the upload of each token that has one."""
    records = await db.fetch("SELECT token, status FROM uploads WHERE token = ANY($1)", tokens)
    return {record["token"]: record["status"] for record in records}
