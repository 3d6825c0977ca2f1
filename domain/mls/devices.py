"""MLS devices of users."""

from collections.abc import Sequence

from clients.postgres import Database, Queries
from domain.accounts.rows import User
from domain.mls import delivery, members
from domain.mls.rows import Device
from domain.rows import by_id
from kit import ids
from kit.errors import mistake
from kit.mls import KEY_SIZE

MAX_DEVICES = 8
COLUMNS = "d.id, d.user_id, d.signature_key, d.seen_at"
"""SQL for a Device, of `mls_devices d`."""


def identity(device: Device) -> bytes:
    """Return the identity in the device's credentials: `USER/DEVICE`, by opaque IDs, so that impersonation is
    impossible.
    """
    return f"{ids.encode(User.TAG, device.user_id)}/{device.global_id}".encode()


async def register(db: Database, viewer_id: int, signature_key: bytes) -> int:
    """Return the ID of the viewer's device with this Ed25519 public key, created if needed.

    Raises UserErrors: INVALID, TOO_MANY.
    """
    if len(signature_key) != KEY_SIZE:
        raise mistake("INVALID", f"An Ed25519 public key must have {KEY_SIZE} bytes.", "signatureKey")
    async with db.acquire() as tx, tx.transaction():
        await tx.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", viewer_id)
        devices = await tx.fetch("SELECT id, signature_key FROM mls_devices WHERE user_id = $1", viewer_id)
        for device in devices:
            if device["signature_key"] == signature_key:
                return int(device["id"])
        if len(devices) >= MAX_DEVICES:
            raise mistake(
                "TOO_MANY", f"You have too many devices (limit: {MAX_DEVICES}). Remove one first.", "signatureKey"
            )
        made: int = await tx.fetchval(
            """
            INSERT INTO mls_devices (id, user_id, signature_key, seen_at) VALUES (next_id($1), $2, $3, now())
            RETURNING id
            """,
            ids.shard_of(viewer_id),
            viewer_id,
            signature_key,
        )
        return made


async def remove(db: Database, device_id: int) -> None:
    """Delete a device with its key packages and mailbox. Its groups still have to remove it by a commit."""
    while await _remove(db, device_id):
        pass


async def forget_person(db: Database, user_id: int) -> bool:
    """Delete a batch of the devices of a deleted account. Returns False if there are none."""
    device_id = await db.fetchval("SELECT id FROM mls_devices WHERE user_id = $1 ORDER BY id LIMIT 1", user_id)
    if device_id is None:
        return False
    await _remove(db, device_id)
    return True


async def _remove(db: Database, device_id: int) -> bool:
    """Remove a device from a batch of groups. Returns True if it is in more groups."""
    async with db.acquire() as tx, tx.transaction():
        await members.leave(tx, [device_id])
        # A process that adds it to a group locks its row: groups joined meanwhile are left in the next batch.
        await tx.execute("SELECT FROM mls_devices WHERE id = $1 FOR UPDATE", device_id)
        if await tx.fetchval("SELECT true FROM mls_members WHERE device_id = $1 LIMIT 1", device_id):
            return True
        await delivery.take(tx, device_id, 2**63 - 1)
        await tx.execute("DELETE FROM mls_devices WHERE id = $1", device_id)
        return False


async def devices(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[Device | None]:
    """Return the viewer's own devices among these IDs; None for others."""
    records = await db.fetch(f"SELECT {COLUMNS} FROM mls_devices d WHERE id = ANY($1) AND user_id = $2", ids, viewer_id)
    found = by_id([Device(**record) for record in records])
    return [found.get(id) for id in ids]


async def devices_of(db: Queries, viewer_id: int) -> list[Device]:
    """Return all devices of the viewer, oldest first."""
    records = await db.fetch(f"SELECT {COLUMNS} FROM mls_devices d WHERE user_id = $1 ORDER BY id", viewer_id)
    return [Device(**record) for record in records]
