"""Which objects are to go from storage: written together with what makes them useless, crossed off when gone.

Where edges keep copies an erasure has two stages: the objects go from storage, then the edges are told. One that is
away keeps no object in storage.
"""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from clients.postgres import Connection, Database, Queries
from kit import ids

FILLED = timedelta(seconds=10)
"""What an edge began to fetch before an object was gone it has, or has given up, so much later."""


class Erasure(msgspec.Struct, frozen=True):
    """Objects of the upload `token` to delete: those of `keys`, all where it is None. `found` were there before."""

    id: int
    token: str
    keys: list[str] | None
    found: list[str] | None


async def write(tx: Connection, token: str, keys: Sequence[str]) -> None:
    """Promise that these objects of an upload go, and nothing else of it."""
    await tx.execute(
        """
        INSERT INTO erasures (id, token, keys, due_at)
        SELECT next_id($1), $2, $3::text[], now() WHERE cardinality($3::text[]) > 0
        """,
        ids.shard_of(0),
        token,
        keys,
    )


async def due(db: Database) -> list[Erasure]:
    """What to delete now, the longest due first."""
    return await _due(db, gone=False)


async def untold(db: Database) -> list[Erasure]:
    """What is gone from storage, and what edges are to be told of now."""
    return await _due(db, gone=True)


async def _due(db: Database, *, gone: bool) -> list[Erasure]:
    records = await db.fetch(
        """
        SELECT id, token, keys, found FROM erasures WHERE due_at <= now() AND gone = $1 ORDER BY due_at LIMIT 100
        """,
        gone,
    )
    return [Erasure(**record) for record in records]


async def remember(db: Database, erasure: Erasure, found: Sequence[str]) -> None:
    """What is being deleted: after a crash in the middle, edges are still told of all of it."""
    await db.execute("UPDATE erasures SET found = $2 WHERE id = $1", erasure.id, found)


async def gone(db: Database, erasure: Erasure) -> None:
    """Storage has nothing of it any more; edges are to be told, once what was on its way to them has arrived."""
    await db.execute("UPDATE erasures SET gone = true, due_at = now() + $2 WHERE id = $1", erasure.id, FILLED)


async def done(db: Database, erasure: Erasure) -> None:
    """Everything is gone, everywhere."""
    await db.execute("DELETE FROM erasures WHERE id = $1", erasure.id)


async def postpone(db: Database, erasure: Erasure) -> None:
    """It could not be done: try again in a minute, after the others."""
    await db.execute("UPDATE erasures SET due_at = now() + interval '1 minute' WHERE id = $1", erasure.id)


async def without_row(db: Database, tokens: Sequence[str]) -> list[str]:
    """Those of `tokens` that belong to no upload, and are not to be erased already."""
    records = await db.fetch(
        """
        SELECT token FROM unnest($1::text[]) AS t(token)
        WHERE token <> ALL(ARRAY(SELECT token FROM uploads WHERE token = ANY($1)))
          AND token <> ALL(ARRAY(SELECT token FROM erasures WHERE token = ANY($1)))
        """,
        tokens,
    )
    return [record["token"] for record in records]


async def erase(db: Queries, tokens: Sequence[str]) -> None:
    """Promise that everything of these uploads goes."""
    await db.execute(
        "INSERT INTO erasures (id, token, due_at) SELECT next_id($1), token, now() FROM unnest($2::text[]) AS t(token)",
        ids.shard_of(0),
        tokens,
    )


async def erase_all_of(db: Queries, owner_id: int) -> None:
    """Promise that what storage holds of this person's uploads goes."""
    await db.execute(
        "INSERT INTO erasures (id, token, due_at) SELECT next_id($1), token, now() FROM uploads WHERE owner_id = $2",
        ids.shard_of(owner_id),
        owner_id,
    )
