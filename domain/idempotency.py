"""Idempotency keys: the client's key is stored in the transaction of its effect, for 7 days."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import msgspec

from clients.postgres import Connection, Database
from kit import ids
from kit.errors import mistake
from kit.text import storable

RETENTION = timedelta(days=7)

_CLAIM = """
INSERT INTO idempotency_keys (id, viewer_id, mutation, key, input_hash, result, created_at)
VALUES (next_id($1), $2, $3, $4, $5, '[]', now())
ON CONFLICT (viewer_id, mutation, key) DO NOTHING RETURNING id"""


async def once_per_key(
    db: Database,
    viewer_id: int,
    mutation: str,
    key: str | None,
    given: object,
    effect: Callable[[Connection], Awaitable[Sequence[int]]],
) -> list[int]:
    """Run `effect` in a transaction and return the IDs it made, or those of the first call with this key.

    `given` is the input of the mutation, in a form that msgspec encodes. A second call with the same key waits for the
    first. Raises UserErrors: CONFLICT for the same key with another input, and what `effect` raises; the key stays
    unused then.
    """
    if key is not None and not (1 <= len(key) <= 64 and storable(key)):
        raise mistake("INVALID", "An idempotency key must have 1 to 64 characters.", "idempotencyKey")
    async with db.acquire() as connection, connection.transaction():
        if key is None:
            return list(await effect(connection))
        digest = hashlib.sha256(msgspec.json.encode(given, order="deterministic")).digest()
        claim = await connection.fetchval(_CLAIM, ids.shard_of(viewer_id), viewer_id, mutation, key, digest)
        if claim is None:
            earlier = await connection.fetchrow(
                "SELECT input_hash, result FROM idempotency_keys WHERE (viewer_id, mutation, key) = ($1, $2, $3)",
                viewer_id,
                mutation,
                key,
            )
            assert earlier is not None
            if earlier["input_hash"] != digest:
                raise mistake(
                    "CONFLICT",
                    "This idempotency key was already used with a different input. Use a new key.",
                    "idempotencyKey",
                )
            return msgspec.json.decode(earlier["result"], type=list[int])
        result = list(await effect(connection))
        await connection.execute(
            "UPDATE idempotency_keys SET result = $2::jsonb WHERE id = $1", claim, msgspec.json.encode(result).decode()
        )
        return result


async def forget_old(db: Database) -> None:
    """Delete keys older than 7 days."""
    await db.execute("DELETE FROM idempotency_keys WHERE created_at < now() - $1::interval", RETENTION)
