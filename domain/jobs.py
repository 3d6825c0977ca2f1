"""The queue of background jobs.

A row is written in the transaction that makes the work necessary, and deleted when the work is done. A worker claims a
job with a lease, does one batch in transactions of its own, and claims it again for the rest. If a worker dies, another
takes over when the lease ends.

The first claim waits for a minute. Transactions that began before the job was enqueued have ended by then (PostgreSQL
ends ours after 30 s, `clients/postgres`), so the job sees what they wrote. A batch never outlives its lease.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from clients.postgres import Connection, Database
from domain import parking
from kit import ids
from kit.backoff import backoff

GRACE = timedelta(minutes=1)
CLAIM = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)
MAX_TRIES = 17


class JobKind(StrEnum):
    """What there is to do, as rows of `jobs` name it.

    Triggers of the database write LIST_TAGGINGS and COUNT_ACTIVITY too.
    """

    WITHDRAW_MEDIA = "withdraw media"
    ERASE_ACCOUNT = "erase account"
    ERASE_POST = "erase post"
    ERASE_COMMENT = "erase comment"
    ERASE_STORY = "erase story"
    ERASE_CONVERSATION = "erase conversation"
    LIST_TAGGINGS = "list taggings"
    COUNT_ACTIVITY = "count activity"
    ACCEPT_REQUESTS = "accept requests"


class Job(msgspec.Struct, frozen=True):
    """What is to be done with `subject_id`, in a worker's hands. `failures` tries in a row have failed.

    `kind` is a JobKind, or one of a newer version.
    """

    id: int
    kind: str
    subject_id: int
    due_at: datetime
    failures: int


async def enqueue(tx: Connection, kind: JobKind, *subject_ids: int, grace: timedelta = GRACE) -> None:
    """Have `kind` done with each of `subject_ids`; enqueued again before it is done, it is looked at again.

    Without `grace` it is begun at once, and may miss what others write meanwhile.
    """
    await tx.execute(
        """
        INSERT INTO jobs (id, kind, subject_id, due_at, created_at)
        SELECT next_id((s >> 10 & $1)::int), $2, s, now() + $4, now() FROM unnest($3::bigint[]) s
        ON CONFLICT (kind, subject_id) DO UPDATE SET due_at = excluded.due_at
        """,
        ids.SHARDS - 1,
        kind,
        subject_ids,
        grace,
    )


async def claim(db: Database) -> Job | None:
    """The job that has been due longest; it is the caller's for two minutes."""
    record = await db.fetchrow(
        """
        UPDATE jobs SET due_at = now() + $1 WHERE id = (
            SELECT id FROM jobs WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
        ) RETURNING id, kind, subject_id, due_at, failures
        """,
        CLAIM,
    )
    return Job(**record) if record else None


async def done(db: Database, job: Job) -> None:
    """The work is done, unless it was promised again meanwhile."""
    await db.execute("DELETE FROM jobs WHERE id = $1 AND due_at = $2", job.id, job.due_at)


async def go_on(db: Database, job: Job) -> None:
    """There is more of it to do: at once, after what others wait for."""
    await db.execute("UPDATE jobs SET due_at = now(), failures = 0 WHERE id = $1 AND due_at = $2", job.id, job.due_at)


async def fail(db: Database, job: Job, error: str, *, counts: bool = True) -> bool:
    """A try of the job has failed: try it again later, or park it after MAX_TRIES that count. True where it is parked.

    The pauses double from 2 s to an hour; those of MAX_TRIES take about 4 hours.
    """
    if counts and job.failures + 1 >= MAX_TRIES:
        return await parking.park_rows(db, "jobs", [job.id], parking.FAILED, error, job.due_at) > 0
    await db.execute(
        "UPDATE jobs SET due_at = now() + $3, failures = failures + $4::int WHERE id = $1 AND due_at = $2",
        job.id,
        job.due_at,
        backoff(job.failures, FIRST_PAUSE, LONGEST_PAUSE),
        int(counts),
    )
    return False


async def park_unknown(db: Database, job: Job) -> None:
    """Park a job whose kind this version does not know."""
    await parking.park_rows(db, "jobs", [job.id], parking.UNKNOWN, "No worker knows this kind of job.", job.due_at)
