"""Processing an upload: one worker at a time owns it, and what it finds counts only if it still does."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from clients.postgres import Database
from domain.media.discard import discard
from domain.posts.settle import settle
from kit.errors import UserError

CLAIM = timedelta(seconds=30)
UNATTACHED_LIFE = timedelta(hours=24)
EXPIRY_GRACE = timedelta(minutes=5)


class Job(msgspec.Struct, frozen=True):
    """An upload in a worker's hands, for the `attempt`th time."""

    upload_id: int
    owner_id: int
    token: str
    content_type: str
    byte_size: int
    attempt: int


async def claim(db: Database) -> Job | None:
    """An upload that waits, or whose worker has not been heard of for 30 s; it is the caller's for 30 s."""
    record = await db.fetchrow(
        """
        UPDATE uploads SET attempt = attempt + 1, claimed_until = now() + $1::interval
        WHERE id = (
            SELECT id FROM uploads WHERE status = 'PROCESSING' AND (claimed_until IS NULL OR claimed_until < now())
            ORDER BY claimed_until NULLS FIRST, id LIMIT 1 FOR UPDATE SKIP LOCKED
        ) RETURNING id AS upload_id, owner_id, token, content_type, byte_size, attempt
        """,
        CLAIM,
    )
    return Job(**record) if record else None


async def renew(db: Database, job: Job) -> bool:
    """Keep the upload for another 30 s; False where it is no longer the caller's."""
    return bool(
        await db.fetchval(
            """
            UPDATE uploads SET claimed_until = now() + $3::interval
            WHERE id = $1 AND attempt = $2 AND status = 'PROCESSING' RETURNING true
            """,
            job.upload_id,
            job.attempt,
            CLAIM,
        )
    )


async def release(db: Database, job: Job, pause: timedelta) -> None:
    """Give the upload back, to be claimed again after `pause`."""
    await db.execute(
        """
        UPDATE uploads SET claimed_until = now() + $3::interval
        WHERE id = $1 AND attempt = $2 AND status = 'PROCESSING'
        """,
        job.upload_id,
        job.attempt,
        pause,
    )


async def unreceive(db: Database, job: Job) -> None:
    """The bytes are not there after all: wait for them again."""
    await db.execute(
        "UPDATE uploads SET status = 'AWAITING_BYTES', claimed_until = NULL WHERE id = $1 AND attempt = $2",
        job.upload_id,
        job.attempt,
    )


async def finish(db: Database, job: Job, media: Mapping[str, Any] | None, rejection: UserError | None) -> bool:
    """Make the upload READY with `media` or REJECTED with `rejection`, and settle the post that waits for it.

    False, and nothing done, where the upload is gone or no longer the caller's.
    """
    async with db.acquire() as tx, tx.transaction():
        kept = await tx.fetchval(
            """
            UPDATE uploads SET status = $3, media = $4::jsonb, rejection = $5::jsonb, claimed_until = NULL
            WHERE id = $1 AND attempt = $2 AND status = 'PROCESSING' RETURNING true
            """,
            job.upload_id,
            job.attempt,
            "READY" if media else "REJECTED",
            json.dumps(media) if media else None,
            msgspec.json.encode(rejection).decode() if rejection else None,
        )
        if kept:
            await settle(tx, job.upload_id)
        return bool(kept)


async def exists(db: Database, upload_id: int) -> bool:
    """Whether the upload has not been deleted."""
    return bool(await db.fetchval("SELECT true FROM uploads WHERE id = $1", upload_id))


async def expire(db: Database) -> list[tuple[int, int]]:
    """End uploads whose bytes never came. (owner, upload) of each."""
    ended = []
    overdue = await db.fetch(
        "SELECT id FROM uploads WHERE status = 'AWAITING_BYTES' AND expires_at < now() - $1::interval LIMIT 500",
        EXPIRY_GRACE,
    )
    for record in overdue:
        async with db.acquire() as tx, tx.transaction():
            owner_id = await tx.fetchval(
                "UPDATE uploads SET status = 'EXPIRED' WHERE id = $1 AND status = 'AWAITING_BYTES' RETURNING owner_id",
                record["id"],
            )
            if owner_id:
                await settle(tx, record["id"])
                ended.append((owner_id, record["id"]))
    return ended


async def discard_unattached(db: Database) -> int:
    """Delete uploads that nothing used for a day; how many."""
    idle = await db.fetch(
        """
        SELECT id, owner_id FROM uploads
        WHERE NOT used AND created_at < now() - $1::interval AND status IN ('READY', 'REJECTED', 'EXPIRED') LIMIT 500
        """,
        UNATTACHED_LIFE,
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


async def due_erasures(db: Database) -> list[tuple[int, str]]:
    """(erasure, token) of objects to delete now."""
    records = await db.fetch("SELECT id, token FROM erasures WHERE due_at <= now() ORDER BY due_at LIMIT 100")
    return [(record["id"], record["token"]) for record in records]


async def erased(db: Database, erasure_id: int) -> None:
    """The objects of this erasure are gone."""
    await db.execute("DELETE FROM erasures WHERE id = $1", erasure_id)


async def postpone_erasure(db: Database, erasure_id: int) -> None:
    """It could not be done: try again in a minute, after the others."""
    await db.execute("UPDATE erasures SET due_at = now() + interval '1 minute' WHERE id = $1", erasure_id)


async def statuses(db: Database, tokens: list[str]) -> dict[str, str]:
    """The status of the upload of each token that has one."""
    records = await db.fetch("SELECT token, status FROM uploads WHERE token = ANY($1)", tokens)
    return {record["token"]: record["status"] for record in records}
