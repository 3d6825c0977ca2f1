"""Uploads in review, and the decisions of moderators."""

from datetime import datetime

import msgspec

from clients.postgres import Database
from domain.media import erasure_queue, quota
from domain.publication import publish_if_ready
from kit.errors import UserError


class Waiting(msgspec.Struct, frozen=True):
    """An upload in review: its owner, the reason, the time, and the key of its bytes."""

    upload_id: int
    owner: str
    content_type: str
    doubt: str
    created_at: datetime
    original: str


class NotWaiting(Exception):
    """There is no such upload in review."""

    def __init__(self) -> None:
        super().__init__("There is no such upload in review.")


async def waiting(db: Database, upload_id: int | None = None) -> list[Waiting]:
    """Return the hundred that have waited longest, or the one with this ID."""
    records = await db.fetch(
        """
        SELECT u.id AS upload_id, p.username AS owner, u.content_type, u.doubt, u.created_at, u.original
        FROM uploads u JOIN users p ON p.id = u.owner_id
        WHERE u.status = 'IN_REVIEW' AND ($1::bigint IS NULL OR u.id = $1) ORDER BY u.id LIMIT 100
        """,
        upload_id,
    )
    return [Waiting(**record) for record in records]


async def allow(db: Database, upload_id: int) -> int:
    """Approve an upload: it is processed without further checks. Returns its owner's ID. Raises NotWaiting.

    From now on, as after `reject`, its owner has a day to use it, or to see the decision.
    """
    async with db.acquire() as tx, tx.transaction():
        owner_id: int | None = await tx.fetchval(
            """
            UPDATE uploads
            SET status = 'PROCESSING', vetted = true, doubt = NULL, expires_at = greatest(expires_at, now())
            WHERE id = $1 AND status = 'IN_REVIEW' RETURNING owner_id
            """,
            upload_id,
        )
        if owner_id is None:
            raise NotWaiting
        await publish_if_ready(tx, upload_id)
        return owner_id


async def reject(db: Database, upload_id: int, reason: str) -> int:
    """Reject an upload with this reason, a sentence for its owner, and erase its bytes. Returns the owner.

    Raises NotWaiting.
    """
    async with db.acquire() as tx, tx.transaction():
        record = await tx.fetchrow(
            """
            UPDATE uploads SET status = 'REJECTED', rejection = $2::jsonb, doubt = NULL, original = NULL,
                expires_at = greatest(expires_at, now())
            WHERE id = $1 AND status = 'IN_REVIEW' RETURNING owner_id, token, original_name, byte_size
            """,
            upload_id,
            msgspec.json.encode(UserError("NOT_ALLOWED", reason)).decode(),
        )
        if record is None:
            raise NotWaiting
        await erasure_queue.erase(tx, [record["token"]], [record["original_name"]])
        await quota.release(tx, [(record["owner_id"], "IN_REVIEW", record["byte_size"])])
        await publish_if_ready(tx, upload_id)
        owner_id: int = record["owner_id"]
        return owner_id
