"""Devices, for their owners and for those who send to them."""

from collections.abc import Sequence

from clients.postgres import Queries
from domain.push.rows import Device
from domain.rows import by_id, from_record

MAX_DEVICES = 10

COLUMNS = "d.id, d.user_id, d.platform, d.token, d.p256dh, d.auth, d.created_at, d.registered_at"
"""SQL for a Device, of `devices d`."""


async def devices(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[Device | None]:
    """Return devices by ID; None for those that do not exist or are not the viewer's."""
    records = await db.fetch(f"SELECT {COLUMNS} FROM devices d WHERE d.id = ANY($1) AND d.user_id = $2", ids, viewer_id)
    found = by_id([from_record(Device, record) for record in records])
    return [found.get(id) for id in ids]


async def devices_of(db: Queries, user_ids: Sequence[int]) -> list[list[Device]]:
    """For each user, the devices for pushes: newest registration first, at most MAX_DEVICES.

    Devices of ended sessions and of hidden accounts are left out.
    """
    records = await db.fetch(
        f"""
        SELECT {COLUMNS} FROM devices d JOIN sessions s ON s.id = d.session_id JOIN users u ON u.id = d.user_id
        WHERE d.user_id = ANY($1) AND s.ended_at IS NULL AND s.expires_at > now() AND u.status = 'ACTIVE'
        ORDER BY d.registered_at DESC, d.id DESC
        """,
        user_ids,
    )
    found: dict[int, list[Device]] = {}
    for record in records:
        found.setdefault(record["user_id"], []).append(from_record(Device, record))
    return [found.get(id, [])[:MAX_DEVICES] for id in user_ids]
