"""Which objects are to go from storage: written together with what makes them useless, crossed off when gone."""

from collections.abc import Sequence

import msgspec

from clients.postgres import Connection, Database, Queries
from kit import ids


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
    """What to do now, the longest due first."""
    records = await db.fetch(
        "SELECT id, token, keys, found FROM erasures WHERE due_at <= now() ORDER BY due_at LIMIT 100"
    )
    return [Erasure(**record) for record in records]


async def remember(db: Database, erasure: Erasure, found: Sequence[str]) -> None:
    """What is being deleted: after a crash in the middle, edges are still told of all of it."""
    await db.execute("UPDATE erasures SET found = $2 WHERE id = $1", erasure.id, found)


async def done(db: Database, erasure: Erasure) -> None:
    """Everything is gone."""
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
