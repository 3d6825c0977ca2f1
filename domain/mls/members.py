"""Members of MLS groups."""

from collections.abc import Sequence

from clients.postgres import Connection, Queries
from domain.mls.rows import Device, Group, Member
from domain.rows import by_id

BATCH_SIZE = 500


async def groups(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[Group | None]:
    """Return the groups with these IDs that a device of the viewer is in; None for others."""
    records = await db.fetch(
        """
        SELECT id, epoch FROM mls_groups g WHERE id = ANY($1)
        AND EXISTS (SELECT FROM mls_members WHERE group_id = g.id AND user_id = $2)
        """,
        ids,
        viewer_id,
    )
    found = by_id([Group(**record) for record in records])
    return [found.get(id) for id in ids]


async def members(db: Queries, group_id: int) -> list[Member]:
    """Return the devices in the group."""
    records = await db.fetch("SELECT device_id, user_id, since_epoch FROM mls_members WHERE group_id = $1", group_id)
    return [Member(*record) for record in records]


async def people(db: Queries, group_id: int) -> set[int]:
    """Return the owners of the devices in the group."""
    return {member.user_id for member in await members(db, group_id)}


async def devices_of_groups(db: Queries, group_ids: Sequence[int]) -> list[list[Device]]:
    """Return the devices in each group, in the order in which they joined."""
    records = await db.fetch(
        """
        SELECT d.id, d.user_id, d.signature_key, d.seen_at, m.group_id
        FROM mls_members m JOIN mls_devices d ON d.id = m.device_id WHERE m.group_id = ANY($1) ORDER BY m.id
        """,
        group_ids,
    )
    found: dict[int, list[Device]] = {id: [] for id in group_ids}
    for *columns, group_id in records:
        found[group_id].append(Device(*columns))
    return [found[id] for id in group_ids]


async def leave(tx: Connection, device_ids: Sequence[int], group_id: int | None = None) -> int:
    """Remove devices from a group, or from 500 of their groups, and delete empty groups. Returns how many."""
    records = await tx.fetch(
        """
        SELECT id FROM mls_groups WHERE id = ANY(ARRAY(
            SELECT DISTINCT group_id FROM mls_members
            WHERE device_id = ANY($1) AND group_id = coalesce($2, group_id) ORDER BY 1 LIMIT $3
        )) ORDER BY id FOR UPDATE
        """,
        device_ids,
        group_id,
        BATCH_SIZE,
    )
    groups = [record["id"] for record in records]
    await tx.execute("DELETE FROM mls_members WHERE device_id = ANY($1) AND group_id = ANY($2)", device_ids, groups)
    await tx.execute(
        "DELETE FROM mls_groups g WHERE id = ANY($1) AND NOT EXISTS (SELECT FROM mls_members WHERE group_id = g.id)",
        groups,
    )
    return len(groups)
