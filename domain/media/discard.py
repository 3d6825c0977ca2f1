"""Deletion of uploads and their objects."""

from clients.postgres import Connection, Row
from domain.media import erasure_queue, quota
from kit import ids


async def discard(tx: Connection, upload_ids: list[int], owner_id: int) -> None:
    """Delete uploads, and enqueue the erasure of their objects for when no worker can write them any more.

    The caller has locked them.
    """
    await tx.execute("DELETE FROM user_tags WHERE upload_id = ANY($1)", upload_ids)
    gone = await tx.fetch(
        """
        DELETE FROM uploads WHERE id = ANY($1)
        RETURNING token, original_name, claimed_until, owner_id, status, byte_size
        """,
        upload_ids,
    )
    await _erase(tx, gone, owner_id)


async def end(tx: Connection, upload_id: int) -> None:
    """Set an upload to EXPIRED, and enqueue the erasure of its stored objects. The caller has locked it."""
    ended = await tx.fetch(
        """
        WITH before AS MATERIALIZED (SELECT id, status FROM uploads WHERE id = $1)
        UPDATE uploads u SET status = 'EXPIRED', media = NULL, renditions = NULL, rejection = NULL, doubt = NULL,
            original = NULL, progress = 0
        FROM before b WHERE u.id = b.id
        RETURNING u.token, u.original_name, u.claimed_until, u.owner_id, b.status, u.byte_size
        """,
        upload_id,
    )
    await _erase(tx, ended, upload_id)


async def _erase(tx: Connection, uploads: list[Row], beside: int) -> None:
    columns = ("token", "original_name", "claimed_until")
    tokens, names, held_until = ([row[column] for row in uploads] for column in columns)
    await erasure_queue.erase(tx, tokens, names, held_until, ids.shard_of(beside))
    await quota.release(tx, ((row["owner_id"], row["status"], row["byte_size"]) for row in uploads))
