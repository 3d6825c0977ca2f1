"""Throwing uploads away."""

from clients.postgres import Connection
from kit import ids


async def discard(tx: Connection, upload_ids: list[int], owner_id: int) -> None:
    """Delete uploads, and have their objects erased once no worker that holds one can write any more.

    The caller has locked them.
    """
    await tx.execute("DELETE FROM user_tags WHERE upload_id = ANY($1)", upload_ids)
    await tx.execute(
        """
        WITH gone AS (DELETE FROM uploads WHERE id = ANY($1) RETURNING token, claimed_until)
        INSERT INTO erasures (id, token, due_at) SELECT next_id($2), token, greatest(now(), claimed_until) FROM gone
        """,
        upload_ids,
        ids.shard_of(owner_id),
    )


async def end(tx: Connection, upload_id: int) -> None:
    """Make an upload EXPIRED, and have what storage holds of it erased. The caller has locked it."""
    await tx.execute(
        """
        WITH ended AS (
            UPDATE uploads SET status = 'EXPIRED', media = NULL, rejection = NULL WHERE id = $1
            RETURNING token, claimed_until
        )
        INSERT INTO erasures (id, token, due_at) SELECT next_id($2), token, greatest(now(), claimed_until) FROM ended
        """,
        upload_id,
        ids.shard_of(upload_id),
    )
