"""The storage that accounts use, and how much of it each may use.

An upload counts with the bytes of its original from its creation (a reservation) until it is rejected, expires, or is
deleted. Renditions do not count. `storage_usage` holds the sum of each account. Whatever changes the sum changes it in
the same transaction, under the lock of the row, so two reservations cannot both take the last bytes.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from clients.postgres import Connection, Database, Queries
from domain.counters import Drift
from domain.statuses import UploadStatus
from kit.errors import mistake

COUNTED: frozenset[UploadStatus] = frozenset(("AWAITING_BYTES", "PROCESSING", "READY", "IN_REVIEW"))
"""The statuses in which an upload counts."""
_BYTES = """
SELECT coalesce(sum(byte_size), 0)::bigint FROM uploads
WHERE status IN ('AWAITING_BYTES', 'PROCESSING', 'READY', 'IN_REVIEW') AND owner_id"""
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


class Quota(msgspec.Struct, frozen=True):
    """The quota of an account: `base_bytes` at first, more for each day of its age, at most `max_bytes`."""

    base_bytes: int
    bytes_per_day: int
    max_bytes: int

    def at(self, age: timedelta) -> int:
        """Return the quota of an account of this age; it grows by whole days."""
        return min(self.base_bytes + self.bytes_per_day * max(0, age.days), self.max_bytes)


class StorageUsage(msgspec.Struct, frozen=True):
    """Bytes in use, including what is reserved, and the quota of an account."""

    used_bytes: int
    quota_bytes: int


async def usage(db: Queries, quota: Quota, user_ids: Sequence[int], now: datetime) -> list[StorageUsage | None]:
    """Return what each of these accounts uses and its quota; None for a deleted one."""
    records = await db.fetch(
        f"""
        SELECT u.id, u.created_at, coalesce((SELECT used_bytes FROM storage_usage WHERE id = u.id), ({_BYTES} = u.id))
        FROM users u WHERE u.id = ANY($1)
        """,
        user_ids,
    )
    found = {record[0]: StorageUsage(max(0, record[2]), quota.at(now - record[1])) for record in records}
    return [found.get(id) for id in user_ids]


async def reserve(tx: Connection, quota: Quota, owner_id: int, byte_size: int, now: datetime) -> None:
    """Add `byte_size` to the account's usage, and lock its row until `tx` ends. Raises UserErrors: QUOTA_EXCEEDED."""
    row = await tx.fetchrow(_LOCK, owner_id)
    if row is None:
        # The account was made by a version that did not count.
        await tx.execute(
            f"INSERT INTO storage_usage (id, used_bytes) VALUES ($1, ({_BYTES} = $1)) ON CONFLICT DO NOTHING", owner_id
        )
        row = await tx.fetchrow(_LOCK, owner_id)
        assert row is not None
    allowed = quota.at(now - row["created_at"])
    free = max(0, allowed - max(0, row["used_bytes"]))
    if byte_size > free:
        raise mistake(
            "QUOTA_EXCEEDED",
            f"Not enough storage: these files need {human_size(byte_size)}, but only {human_size(free)} of your "
            f"{human_size(allowed)} are left. Delete posts, stories or uploads to free storage.",
            "files",
        )
    await tx.execute("UPDATE storage_usage SET used_bytes = used_bytes + $2 WHERE id = $1", owner_id, byte_size)


_LOCK = """
SELECT s.used_bytes, u.created_at FROM storage_usage s JOIN users u ON u.id = s.id WHERE s.id = $1 FOR UPDATE OF s"""


async def release(tx: Connection, uploads: Iterable[tuple[int, UploadStatus, int]]) -> None:
    """Count uploads no longer that `tx` has deleted or ended: the owner of each, its status until then, its bytes."""
    freed: dict[int, int] = {}
    for owner_id, status, byte_size in uploads:
        if status in COUNTED:
            freed[owner_id] = freed.get(owner_id, 0) + byte_size
    if not freed:
        return
    owners = sorted(freed)
    if len(owners) > 1:
        await tx.execute("SELECT FROM storage_usage WHERE id = ANY($1) ORDER BY id FOR UPDATE", owners)
    await tx.execute(
        """
        UPDATE storage_usage s SET used_bytes = s.used_bytes - f.byte_size
        FROM unnest($1::bigint[], $2::bigint[]) AS f(id, byte_size) WHERE s.id = f.id
        """,
        owners,
        [freed[owner_id] for owner_id in owners],
    )


async def repair(db: Database, after: int, limit: int = 100) -> tuple[list[Drift], int]:
    """Repair the sums of the next `limit` accounts. Returns the drift, and the last account (0: end).

    Exact during concurrent writes: sums and uploads are read in one snapshot, and the difference is added, not set.
    """
    records = await db.fetch("SELECT id FROM storage_usage WHERE id > $1 ORDER BY id LIMIT $2", after, limit)
    ids = [record["id"] for record in records]
    if not ids:
        return [], 0
    found = await db.fetch(
        f"""
        WITH found AS MATERIALIZED (
            SELECT s.id, s.used_bytes - ({_BYTES} = s.id) AS by FROM storage_usage s WHERE s.id = ANY($1)
        )
        UPDATE storage_usage s SET used_bytes = s.used_bytes - f.by
        FROM found f WHERE s.id = f.id AND f.by <> 0 RETURNING s.id, f.by
        """,
        ids,
    )
    return [Drift("storage.bytes", record["id"], record["by"]) for record in found], ids[-1]


def human_size(byte_size: int) -> str:
    """Return a number of bytes as text for people, rounded down: "3.4 GiB"."""
    size, unit = float(byte_size), 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{byte_size} bytes" if unit == 0 else f"{int(size * 10) / 10:.1f} {_UNITS[unit]}"
