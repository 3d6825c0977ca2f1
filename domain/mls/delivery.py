"""Mailboxes of MLS devices: a message waits until the device acknowledges it, 30 days at most.

Sequences are given under the lock of the device's row, so what is committed later has a higher one; a mailbox holds the
newest 10,000. A device that finds a number missing has lost messages, and has to be added to its groups again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from clients.postgres import Connection, Database
from domain.mls.rows import Group, Message, Sent
from kit import ids

RETENTION = timedelta(days=30)
MAX_WAITING = 10_000
BATCH_SIZE = 1000
PAGE = 100
PAGE_BYTES = 1024 * 1024

_HOLD = "SELECT id FROM mls_devices WHERE id = ANY({ids}) ORDER BY id FOR NO KEY UPDATE"

_DELIVER = f"""
WITH message AS (
    INSERT INTO mls_messages (id, group_id, epoch, kind, content) VALUES (next_id($1), $2, $3, $4, $5) RETURNING id
),
held AS MATERIALIZED ({_HOLD.format(ids="$6")}),
given AS (
    UPDATE mls_devices d SET last_sequence = last_sequence + 1 FROM held WHERE d.id = held.id
    RETURNING d.id, d.last_sequence AS sequence
),
dropped AS (
    DELETE FROM mls_deliveries w USING given WHERE w.device_id = given.id AND w.sequence = given.sequence - $7
),
waiting AS (
    INSERT INTO mls_deliveries (id, device_id, sequence, message_id)
    SELECT next_id((g.id >> 10 & 4095)::int), g.id, g.sequence, message.id FROM given g, message
)
SELECT id, sequence FROM given"""


async def deliver(
    tx: Connection, group_id: int, epoch: int, kind: str, content: bytes, device_ids: Sequence[int]
) -> Sent:
    """Put a message into the mailboxes of these devices."""
    if not device_ids:
        return {}
    shard = ids.shard_of(group_id)
    records = await tx.fetch(_DELIVER, shard, group_id, epoch, kind, content, device_ids, MAX_WAITING)
    return {record["id"]: record["sequence"] for record in records}


async def hold(tx: Connection, device_ids: Sequence[int]) -> None:
    """Lock the mailboxes of all recipients of a transaction that delivers more than once."""
    await tx.execute(_HOLD.format(ids="$1"), device_ids)


async def waiting(
    db: Database, viewer_id: int, device_id: int, after: int = 0, first: int = PAGE
) -> list[Message] | None:
    """Return the waiting messages of a device of the viewer after the sequence number `after`; None for other devices.

    Returns at most `first`, and about a MiB, but at least one.
    """
    records = await db.fetch(
        """
        SELECT w.* FROM mls_devices d LEFT JOIN LATERAL (
            SELECT w.sequence, m.id, m.group_id, m.epoch, m.kind, m.content,
                   sum(octet_length(m.content)) OVER (ORDER BY w.sequence) - octet_length(m.content) AS before
            FROM (
                SELECT sequence, message_id FROM mls_deliveries
                WHERE device_id = d.id AND sequence > $3 ORDER BY sequence LIMIT $4
            ) w JOIN mls_messages m ON m.id = w.message_id
        ) w ON before < $5
        WHERE d.id = $1 AND d.user_id = $2 ORDER BY w.sequence
        """,
        device_id,
        viewer_id,
        after,
        first,
        PAGE_BYTES,
    )
    if not records:
        return None
    return [
        Message(
            record["sequence"],
            ids.encode(Group.TAG, record["group_id"]),
            record["epoch"],
            record["kind"],
            record["content"],
            ids.made_at(record["id"]),
        )
        for record in records
        if record["sequence"] is not None
    ]


async def acknowledge(db: Database, device_id: int, up_to: int) -> None:
    """Acknowledge the messages up to a sequence number. Messages that wait for no other device are deleted."""
    async with db.acquire() as tx, tx.transaction():
        await take(tx, device_id, up_to)


async def take(tx: Connection, device_id: int, up_to: int) -> None:
    """Empty a mailbox up to that sequence number, and record that the device was seen."""
    await tx.execute("UPDATE mls_devices SET seen_at = now() WHERE id = $1", device_id)
    # The messages are locked first: of the last two devices to acknowledge one, the second sees that it is the last.
    records = await tx.fetch(
        """
        SELECT m.id FROM mls_messages m JOIN mls_deliveries w ON w.message_id = m.id
        WHERE w.device_id = $1 AND w.sequence <= $2 ORDER BY m.id FOR UPDATE OF m
        """,
        device_id,
        up_to,
    )
    await tx.execute("DELETE FROM mls_deliveries WHERE device_id = $1 AND sequence <= $2", device_id, up_to)
    await tx.execute(
        """
        DELETE FROM mls_messages m WHERE id = ANY($1)
        AND NOT EXISTS (SELECT FROM mls_deliveries WHERE message_id = m.id)
        """,
        [record["id"] for record in records],
    )


async def forget_old(db: Database, now: datetime) -> bool:
    """Delete messages sent 30 days before `now`, 1,000 at a time. Returns True if there may be more."""
    gone = await db.fetch(
        """
        WITH gone AS (
            DELETE FROM mls_messages WHERE id = ANY(ARRAY(
                SELECT id FROM mls_messages WHERE id < $1 ORDER BY id LIMIT $2 FOR UPDATE
            )) RETURNING id
        ),
        waited AS (DELETE FROM mls_deliveries WHERE message_id IN (SELECT id FROM gone))
        SELECT id FROM gone
        """,
        ids.since(now - RETENTION),
        BATCH_SIZE,
    )
    return len(gone) == BATCH_SIZE
