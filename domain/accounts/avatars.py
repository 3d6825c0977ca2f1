"""Profile pictures. The newest chosen upload that is READY is the current one."""

from clients.postgres import Connection
from domain.media.discard import discard
from kit import ids


async def attach(tx: Connection, owner_id: int, upload_id: int) -> None:
    """Set an upload as the profile picture of its owner, at once if it is READY. The caller holds its lock."""
    attachment_id = await tx.fetchval(
        "INSERT INTO attachments (id, upload_id, position) VALUES (next_id($1), $2, 0) RETURNING id",
        ids.shard_of(owner_id),
        upload_id,
    )
    if await tx.fetchval("SELECT status = 'READY' FROM uploads WHERE id = $1", upload_id):
        await show(tx, owner_id, upload_id, attachment_id)


async def show(tx: Connection, owner_id: int, upload_id: int, attachment_id: int) -> None:
    """Show a READY upload as the profile picture, and discard those that were chosen before it.

    Discards the upload itself if a picture that was chosen later is already shown. `tx` has locked the upload.
    """
    shown = await tx.fetchval(
        "SELECT coalesce((avatar ->> 'chosen')::bigint, 0) FROM users WHERE id = $1 FOR NO KEY UPDATE", owner_id
    )
    if shown is None or shown > attachment_id:
        await discard(tx, [upload_id], owner_id)  # the one that was chosen later was READY first
        return
    await tx.execute(
        """
        UPDATE users SET avatar = u.media || jsonb_build_object('kind', 'photo', 'id', u.id, 'chosen', $3::bigint)
        FROM uploads u
        WHERE users.id = $1 AND u.id = $2
        """,
        owner_id,
        upload_id,
        attachment_id,
    )
    # A locked upload is being finished by another transaction, which then finds that a later one is shown.
    await _discard(tx, owner_id, "AND a.id < $2 ORDER BY u.id FOR UPDATE OF u SKIP LOCKED", attachment_id)


async def discard_all(tx: Connection, owner_id: int) -> None:
    """Discard every upload that is, was or would become the profile picture. Locks the uploads before the user."""
    await _discard(tx, owner_id, "ORDER BY u.id FOR UPDATE OF u")


async def _discard(tx: Connection, owner_id: int, which: str, *arguments: int) -> None:
    records = await tx.fetch(
        f"""
        SELECT u.id FROM uploads u JOIN attachments a ON a.upload_id = u.id
        WHERE u.owner_id = $1 AND a.post_id IS NULL {which}
        """,
        owner_id,
        *arguments,
    )
    await discard(tx, [record["id"] for record in records], owner_id)
