"""The queue of objects to delete from storage.

An entry is written in the transaction that makes the objects useless, and deleted when they are gone.

With edge caches an erasure has two stages: the objects are deleted from storage, then the edges are purged. An edge
that is away does not keep an object in storage.

Due entries are leased for a minute. After that they are due again unless they were deleted. So many workers can run at
once, and failed work is retried.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from clients.postgres import Database, Queries
from domain import parking
from kit import ids
from kit.backoff import backoff

CLAIM = timedelta(minutes=1)
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=6)
MAX_TRIES = 64
FILLED = timedelta(seconds=10)
"""The time after the deletion by which an edge has finished or given up every fetch of the object."""


class Erasure(msgspec.Struct, frozen=True):
    """Objects of the upload `token` to delete: those of `keys`, or all if it is None. `found` were there before.

    `failures` attempts have failed.
    """

    id: int
    token: str
    keys: list[str] | None
    found: list[str] | None
    failures: int = 0


_EVERYTHING = """
SELECT NULL::text[] AS keys UNION ALL SELECT ARRAY['originals/' || t.name] WHERE t.name IS NOT NULL"""
"""SQL: the keys of the erasures of an upload `t`. There are two if its original has a name of its own."""


async def write(tx: Queries, token: str, keys: Sequence[str], after: timedelta = timedelta()) -> None:
    """Enqueue the erasure of these objects of an upload `after` some time, and of nothing else."""
    await tx.execute(
        """
        INSERT INTO erasures (id, token, keys, due_at)
        SELECT next_id($1), $2, $3::text[], now() + $4 WHERE cardinality($3::text[]) > 0
        """,
        ids.shard_of(0),
        token,
        keys,
        after,
    )


async def due(db: Database, limit: int) -> list[Erasure]:
    """Lease the due erasures, those that have been due longest first, for a minute."""
    return await _claim(db, limit, gone=False)


async def untold(db: Database, limit: int) -> list[Erasure]:
    """Lease erasures whose objects are deleted from storage and whose edges are to be purged now, for a minute."""
    return await _claim(db, limit, gone=True)


async def _claim(db: Database, limit: int, *, gone: bool) -> list[Erasure]:
    records = await db.fetch(
        """
        UPDATE erasures SET due_at = now() + $3 WHERE id IN (
            SELECT id FROM erasures WHERE due_at <= now() AND gone = $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ) RETURNING id, token, keys, found, failures
        """,
        gone,
        limit,
        CLAIM,
    )
    return [Erasure(**record) for record in records]


async def remember(db: Database, erasure: Erasure, found: Sequence[str]) -> None:
    """Store which objects are being deleted: even if the worker dies now, edges purge all of them."""
    await db.execute(
        """
        UPDATE erasures SET found = ARRAY(SELECT DISTINCT key FROM unnest(found || $2::text[]) AS k(key)) WHERE id = $1
        """,
        erasure.id,
        found,
    )


async def gone(db: Database, erasure: Erasure) -> None:
    """Record that storage has none of it any more. Edges are purged once fetches in progress have ended."""
    await db.execute("UPDATE erasures SET gone = true, due_at = now() + $2 WHERE id = $1", erasure.id, FILLED)


async def fail(db: Database, erasure: Erasure, error: str, *, counts: bool) -> bool:
    """Record a failed attempt: retry it later, or park it after MAX_TRIES that count. Returns True if it is parked.

    The pauses double from 2 s to 6 hours; those of MAX_TRIES take about 10 days.
    """
    if counts and erasure.failures + 1 >= MAX_TRIES:
        return await parking.park_rows(db, "erasures", [erasure.id], parking.FAILED, error) > 0
    await db.execute(
        "UPDATE erasures SET due_at = now() + $2, failures = failures + $3::int WHERE id = $1",
        erasure.id,
        backoff(erasure.failures, FIRST_PAUSE, LONGEST_PAUSE),
        int(counts),
    )
    return False


async def done(db: Database, erasure: Erasure) -> None:
    """Record that everything is deleted from storage and edges."""
    await db.execute("DELETE FROM erasures WHERE id = $1", erasure.id)


async def without_row(db: Database, tokens: Sequence[str]) -> list[str]:
    """Return those of `tokens`, or names of originals, that belong to no upload and are not in this queue."""
    records = await db.fetch(
        """
        SELECT token FROM unnest($1::text[]) AS t(token)
        WHERE token <> ALL(ARRAY(SELECT token FROM uploads WHERE token = ANY($1)))
          AND token <> ALL(ARRAY(SELECT original_name FROM uploads WHERE original_name = ANY($1)))
          AND token <> ALL(ARRAY(SELECT token FROM erasures WHERE token = ANY($1)))
        """,
        tokens,
    )
    return [record["token"] for record in records]


async def erase(
    db: Queries,
    tokens: Sequence[str],
    original_names: Sequence[str | None] = (),
    held_until: Sequence[datetime | None] = (),
    shard: int = 0,
) -> None:
    """Enqueue the erasure of all objects of these uploads, but not before the lease of a worker ends."""
    await db.execute(
        f"""
        INSERT INTO erasures (id, token, keys, due_at)
        SELECT next_id($1), token, keys, greatest(now(), until)
        FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS t(token, name, until)
        CROSS JOIN LATERAL ({_EVERYTHING}) e
        """,
        shard,
        tokens,
        original_names,
        held_until,
    )


async def erase_all_of(db: Queries, owner_id: int) -> None:
    """Enqueue the erasure of all stored objects of this user's uploads."""
    await db.execute(
        f"""
        INSERT INTO erasures (id, token, keys, due_at)
        SELECT next_id($1), token, keys, now() FROM (
            SELECT token, original_name AS name FROM uploads WHERE owner_id = $2
        ) t CROSS JOIN LATERAL ({_EVERYTHING}) e
        """,
        ids.shard_of(owner_id),
        owner_id,
    )
