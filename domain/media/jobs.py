"""Processing an upload: one worker at a time owns it, and what it finds counts only if it still does."""

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
    """An upload in a worker's hands, for the `attempt`th time; its decoding has failed `failures` times.

    `other_failures` are those that are not the file's, but storage's, or a mistake of ours.

    `media` is what was made of it before: where it is READY, all but some of its `renditions`, of which this says what
    they are made by (`video`) and which there are (`tracks`). `original` is where its bytes lie once they have left
    quarantine, under the name `original_name` (None where an older version made the upload); `vetted`, that somebody
    has looked at it and allows it. A `slow` one is expected to take long, for a photo or for a video.
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
    """What became of an upload: rows' `media`. Below a `progress` of 1 there are renditions to come."""

    media: dict[str, Any]
    renditions: dict[str, Any] | None = None
    progress: float = 1.0


class IsVideo(msgspec.Struct, frozen=True):
    """It is a video, whatever its owner said: for who takes such."""


class Slow(msgspec.Struct, frozen=True):
    """It takes longer than was expected of it: for a worker that takes such."""


class NeedsReview(msgspec.Struct, frozen=True):
    """Somebody has to look at it; `reason` is for them."""

    reason: str


Outcome = Made | NeedsReview | IsVideo | Slow | UserError
"""A UserError is why it was refused."""

Publish = Callable[[Connection, int], Awaitable[None]]
"""Updates what uses the upload of this ID, in the transaction that changes the status of the upload."""

UNFINISHED = "status = 'PROCESSING' OR (status = 'READY' AND progress < 1)"
"""SQL for the uploads that are to be processed, or are being."""
_MINE = f"id = $1 AND attempt = $2 AND ({UNFINISHED})"


async def renew(db: Database, job: Job, progress: float) -> bool:
    """Keep the upload for another 30 s; it has come as far as `progress`. False where it is no longer the caller's.

    What is made again after a failure has come no less far than it had.
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
    """Give the upload back, to be claimed again after `pause`; `failed` where it is the file that may be to blame."""
    await db.execute(
        f"UPDATE uploads SET claimed_until = now() + $3::interval, failures = failures + $4::int WHERE {_MINE}",
        job.upload_id,
        job.attempt,
        pause,
        int(failed),
    )


async def retry_later(db: Database, job: Job, pause: timedelta) -> None:
    """Give the upload back after a failure that is not the file's, to be claimed again after `pause`.

    Meanwhile it takes no place of its account's others.
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
    """The bytes are not there after all: wait for them again."""
    await db.execute(
        """
        UPDATE uploads SET status = 'AWAITING_BYTES', claimed_until = NULL
        WHERE id = $1 AND attempt = $2 AND status = 'PROCESSING'
        """,
        job.upload_id,
        job.attempt,
    )


async def finish(db: Database, job: Job, outcome: Outcome, publish: Publish) -> bool:
    """Make the upload READY, IN_REVIEW or REJECTED, and `publish` what uses it; or leave it to others as `IsVideo` or
    `Slow`.

    It stays PROCESSING where another filter was chosen meanwhile. What had been made of it before and is no part of
    `outcome` is promised to go. False, and nothing done, where the upload is gone or no longer the caller's.
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
    """End uploads whose bytes never came, and `publish` what uses them. (owner, upload) of each."""
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
    """Delete uploads that nothing has used a day after their bytes were due; how many. What is in review stays."""
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
