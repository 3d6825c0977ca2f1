"""Migration of originals that an older version stored under their token to random names.

It can resume at every point. The name is recorded before the object is copied. The row is changed unless another change
came first. The old object is deleted later, when readers of its key are done. The row always says where the original
is.
"""

import asyncio
import logging
from datetime import timedelta

from clients.postgres import Database
from clients.s3 import Bucket, ObjectMissingError
from domain.media import erasure_queue
from domain.media.storage import NAMES, original_key

BATCH_SIZE = 10
CHOICE = 200
COPY_TIMEOUT_S = 900.0
STILL_READ = timedelta(minutes=10)
"""How long after the move of an original a process may still read its old key."""

log = logging.getLogger(__name__)


async def move(db: Database, bucket: Bucket) -> bool:
    """Move some originals that no worker has leased. Returns whether there were any.

    They are chosen at random among the oldest, so that several processes seldom choose the same.
    """
    records = await db.fetch(
        """
        UPDATE uploads SET
            original_name = coalesce(original_name, $3 || substr(replace(gen_random_uuid()::text, '-', ''), 2))
        WHERE id = ANY(ARRAY(SELECT id FROM (
            SELECT id FROM uploads WHERE original = 'originals/' || token AND status IN ('READY', 'IN_REVIEW')
                AND claimed_until IS NULL ORDER BY id LIMIT $2
        ) oldest ORDER BY random() LIMIT $1))
        RETURNING id, token, original, original_name
        """,
        BATCH_SIZE,
        CHOICE,
        NAMES,
    )
    for record in records:
        await _move(
            db, bucket, record["id"], record["token"], record["original"], original_key(record["original_name"])
        )
    return bool(records)


async def _move(db: Database, bucket: Bucket, upload_id: int, token: str, old: str, new: str) -> None:
    try:
        async with asyncio.timeout(COPY_TIMEOUT_S):
            await bucket.copy(old, await bucket.head(old), new)
    except ObjectMissingError:
        log.warning("storage has no %s, the original of upload %d", old, upload_id)
    async with db.acquire() as tx, tx.transaction():
        moved = await tx.fetchval(
            """
            UPDATE uploads SET original = $3
            WHERE id = $1 AND original = $2 AND status IN ('READY', 'IN_REVIEW') AND claimed_until IS NULL
            RETURNING true
            """,
            upload_id,
            old,
            new,
        )
        exists = moved or await tx.fetchval("SELECT EXISTS (SELECT FROM uploads WHERE id = $1)", upload_id)
        if moved:
            await erasure_queue.write(tx, token, [old], STILL_READ)
        elif not exists:
            # It was deleted meanwhile, perhaps before the copy was made.
            await erasure_queue.write(tx, token, [new])
