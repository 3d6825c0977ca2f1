"""Which objects are to go from storage: written together with what makes them useless, crossed off when gone.

Where edges keep copies an erasure has two stages: the objects go from storage, then the edges are told. One that is
away keeps no object in storage.

What is due is claimed for a minute, and has its turn again when that is over and it is not crossed off: many work at
once, and who dies or fails is followed by another.
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
"""What an edge began to fetch before an object was gone it has, or has given up, so much later."""


class Erasure(msgspec.Struct, frozen=True):
    """Objects of the upload `token` to delete: those of `keys`, all where it is None. `found` were there before.

    `failures` tries have failed.
    """

    id: int
    token: str
    keys: list[str] | None
    found: list[str] | None
    failures: int = 0


_EVERYTHING = """
SELECT NULL::text[] AS keys UNION ALL SELECT ARRAY['originals/' || t.name] WHERE t.name IS NOT NULL"""
"""SQL: the keys of the erasures of an upload `t`, which are two where its original has a name of its own."""


async def write(tx: Queries, token: str, keys: Sequence[str], after: timedelta = timedelta()) -> None:
    """Promise that these objects of an upload go `after` some time, and nothing else of it."""
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
    """What to delete now, those that have been due longest; they are the caller's for a minute."""
    return await _claim(db, limit, gone=False)


async def untold(db: Database, limit: int) -> list[Erasure]:
    """What is gone from storage, and what edges are to be told of now; the caller's for a minute."""
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
    """Storage has nothing of it any more; edges are to be told, once what was on its way to them has arrived."""
    await db.execute("UPDATE erasures SET gone = true, due_at = now() + $2 WHERE id = $1", erasure.id, FILLED)


async def fail(db: Database, erasure: Erasure, error: str, *, counts: bool) -> bool:
    """A try has failed: try it again later, or park it after MAX_TRIES that count. True where it is parked.

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
    """Everything is gone, everywhere."""
    await db.execute("DELETE FROM erasures WHERE id = $1", erasure.id)


async def without_row(db: Database, tokens: Sequence[str]) -> list[str]:
    """Those of `tokens`, or names of originals, that belong to no upload, and are not to be erased already."""
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
    """Promise that everything of these uploads goes, but of one that a worker holds until then nothing before."""
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
    """Promise that what storage holds of this person's uploads goes."""
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
