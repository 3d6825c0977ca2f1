"""The queue of push notifications for users who are offline.

Entries are written in the transaction of their cause, and sent by `workers/push`. A row has the recipient, the kind and
the subject, but no text: that is read when it is sent. There is one row for each recipient and collapse key, so of
several entries that replace each other only the last is sent.
"""

from collections.abc import Iterable
from datetime import timedelta

from clients.postgres import Connection, Database
from domain import parking
from domain.push.rows import Push, PushKind
from kit import ids

LEASE = timedelta(minutes=2)
GATHERED = timedelta(seconds=30)
LIFE = timedelta(hours=24)


# A leased or delayed push keeps its row for that time: `version` shows that a newer one has replaced it.
def enqueue_sql(users: str, kind: str, subject: str, collapse_key: str, urgent: str, wait: str) -> str:
    """SQL that enqueues a push for the IDs `u` that the query `users` gives, as `enqueue` does."""
    return f"""
INSERT INTO pushes AS p (id, user_id, kind, subject_id, collapse_key, urgent, promised_at, due_at)
SELECT next_id((u >> 10 & {ids.SHARDS - 1})::integer), u, {kind}, {subject}, {collapse_key}, {urgent}, now(),
       now() + {wait}::interval
FROM ({users}) r WHERE EXISTS (SELECT FROM devices WHERE user_id = u) ORDER BY u
ON CONFLICT (user_id, collapse_key) DO UPDATE SET
    kind = excluded.kind, subject_id = excluded.subject_id, urgent = p.urgent OR excluded.urgent,
    version = p.version + 1, attempt = least(p.attempt, 1), left_devices = NULL, promised_at = now(),
    due_at = CASE WHEN p.attempt = 0 THEN least(p.due_at, excluded.due_at) ELSE p.due_at END
WHERE (p.kind, p.subject_id) <> (excluded.kind, excluded.subject_id)"""


_ENQUEUE = enqueue_sql("SELECT DISTINCT unnest($1::bigint[]) AS u", "$2", "$3", "$4", "$5", "$6")


async def enqueue(
    tx: Connection, recipients: Iterable[int], kind: PushKind, subject_id: int, collapse_key: str, *, urgent: bool
) -> None:
    """Enqueue a push about `subject_id` for these users; enqueued again before it is sent, it is sent once.

    It replaces the waiting push under the same `collapse_key` (1 to 64 letters, made of IDs). A push that is not urgent
    waits for 30 s, so that a newer one can replace it. `kind` is one that `workers/push` can render.
    """
    wait = timedelta() if urgent else GATHERED
    await tx.execute(_ENQUEUE, list(recipients), kind, subject_id, collapse_key, urgent, wait)


async def claim(db: Database, limit: int) -> list[Push]:
    """Lease up to `limit` pushes that are due, longest first, for two minutes."""
    records = await db.fetch(
        """
        UPDATE pushes SET due_at = now() + $1, attempt = attempt + 1 WHERE id IN (
            SELECT id FROM pushes WHERE due_at <= now() ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ) RETURNING id, user_id, kind, subject_id, collapse_key, urgent, version, attempt, left_devices,
                    now() - promised_at AS age, due_at AS lease
        """,
        LEASE,
        limit,
    )
    return [Push(**record) for record in records]


async def done(db: Database, push: Push) -> None:
    """Delete a push that was sent or is not needed; a newer one that replaced it is due now."""
    mine = "id = $1 AND due_at = $2"
    if not await db.fetchval(
        f"DELETE FROM pushes WHERE {mine} AND version = $3 RETURNING true", push.id, push.lease, push.version
    ):
        await db.execute(f"UPDATE pushes SET due_at = now() WHERE {mine}", push.id, push.lease)


async def put_off(db: Database, push: Push, wait: timedelta, left_devices: list[int] | None) -> None:
    """Retry it after `wait`, for those of its recipient's devices (None: for all), or send its replacement."""
    await db.execute(
        """
        UPDATE pushes SET due_at = now() + $3, left_devices = CASE WHEN version = $4 THEN $5::bigint[] END
        WHERE id = $1 AND due_at = $2
        """,
        push.id,
        push.lease,
        wait,
        push.version,
        left_devices,
    )


async def park(db: Database, push: Push, reason: str, error: str) -> None:
    """Park the push (`domain/parking`), unless a newer one has replaced it."""
    await parking.park_rows(db, "pushes", [push.id], reason, error, push.lease)


async def forget_old(db: Database) -> None:
    """Delete pushes that no worker has sent for a day."""
    await db.execute("DELETE FROM pushes WHERE promised_at < now() - $1::interval", LIFE)
