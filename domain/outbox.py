"""Relay of the outbox and the tallies to the streams that workers read.

Owns the keys `events`, `events:index`, `counts` and `events:epoch`.

Events for the search index alone have a stream of their own. Versions before the search index neither find these rows
(`sent_at` is not null) nor read the stream: their workers cannot decode the events.

Rows are claimed, not counted past: with `FOR UPDATE SKIP LOCKED` a row whose transaction commits late is simply found
later (id order is not commit order). A row is marked in the transaction that holds it, after the stream has it: a relay
that dies in between sends it again, and readers of the streams are idempotent.

Valkey may lose data: at most the last second or so of writes in a crash, everything when its disk is lost. A crash
shows as another run ID: rows sent in the minute before the last one are sent again. A full loss shows as a missing
epoch: every stored row is sent again. Tallies exist only until they are counted: all are sent again.
"""

import secrets
from datetime import timedelta

from clients.postgres import Connection, Database
from clients.redis import Redis
from domain.events import UNSENT
from domain.redis_keys import RedisKey

EVENTS = "events"
INDEX_EVENTS = "events:index"
COUNTS = "counts"
STREAMS = (EVENTS, INDEX_EVENTS, COUNTS)
EPOCH = "events:epoch"
BATCH = 500
TALLIES = 2_000
BACKLOG = 100_000
LOST_S = 300
"""A tally that was sent so long before the oldest pending entry, and still exists, was lost: it is sent again."""
RETENTION = timedelta(days=7)

_UNSENT_OF = {EVENTS: "sent_at IS NULL", INDEX_EVENTS: "sent_at = '-infinity'"}
_CLAIM = "SELECT id, payload, consumer FROM outbox WHERE {unsent} ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED"
_CLAIM_TALLIES = "SELECT id, counts FROM tallies WHERE sent_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED"


REDIS_KEYS = (
    RedisKey("events", "stream", None, "events for consumer groups", "rows of the outbox are sent again"),
    RedisKey("events:index", "stream", None, "events for the search index alone", "rows of the outbox are sent again"),
    RedisKey("counts", "stream", None, "tallies for the counters", "tallies are sent again"),
    RedisKey(
        "events:epoch",
        "string",
        None,
        "a random name: whether this Valkey has lost its data",
        "rows and tallies are sent again",
    ),
    RedisKey(
        "events:dead:<group>",
        "stream",
        None,
        "events that releases before parked work gave up; the worker `relay` empties it",
        "these events are lost",
    ),
)


async def relay(db: Database, redis: Redis, stream: str = EVENTS) -> int:
    """Send up to 500 events of EVENTS or INDEX_EVENTS. Returns how many. Sends none while 100,000 wait there."""
    if await redis.xlen(stream) >= BACKLOG:
        return 0
    async with db.acquire() as tx, tx.transaction():
        rows = await tx.fetch(_CLAIM.format(unsent=_UNSENT_OF[stream]), BATCH)
        if not rows or not await _is_known(tx, redis):
            return 0
        pipe = redis.pipeline(transaction=False)
        for row in rows:
            fields = {"id": row["id"], "event": row["payload"]}
            pipe.xadd(stream, fields | ({"group": row["consumer"]} if row["consumer"] else {}))
        await pipe.execute()
        await tx.execute("UPDATE outbox SET sent_at = now() WHERE id = ANY($1)", [row["id"] for row in rows])
        return len(rows)


async def relay_tallies(db: Database, redis: Redis) -> int:
    """Send up to 2,000 tallies in one entry. Returns how many. Sends none while 10,000 entries wait."""
    if await redis.xlen(COUNTS) >= BACKLOG // 10:
        return 0
    async with db.acquire() as tx, tx.transaction():
        rows = await tx.fetch(_CLAIM_TALLIES, TALLIES)
        if not rows or not await _is_known(tx, redis):
            return 0
        together = ",".join(f"[{row['id']},{row['counts']}]" for row in rows)
        await redis.xadd(COUNTS, {"tallies": f"[{together}]"})
        await tx.execute("UPDATE tallies SET sent_at = now() WHERE id = ANY($1)", [row["id"] for row in rows])
        return len(rows)


async def _is_known(tx: Connection, redis: Redis) -> bool:
    """Return whether rows were sent to this Valkey before. If not, `check_epoch` comes first: it may lack some."""
    known = await tx.fetchrow("SELECT run_id, epoch FROM relay_state WHERE id = 1")
    return known is not None and await _valkey(redis) == (known["run_id"], known["epoch"])


async def check_epoch(db: Database, redis: Redis) -> int:
    """Mark rows that Valkey may have lost to be sent again. Returns how many."""
    await redis.set(EPOCH, secrets.token_hex(16), nx=True)
    run_id, epoch = await _valkey(redis)
    async with db.acquire() as tx, tx.transaction():
        await tx.execute("INSERT INTO relay_state (id, run_id, epoch) VALUES (1, '', '') ON CONFLICT DO NOTHING")
        known = await tx.fetchrow("SELECT run_id, epoch FROM relay_state WHERE id = 1 FOR UPDATE")
        assert known is not None
        if (known["run_id"], known["epoch"]) == (run_id, epoch):
            return 0
        await tx.execute("UPDATE relay_state SET run_id = $1, epoch = $2 WHERE id = 1", run_id, epoch)
        if known["epoch"] == epoch:
            since = "sent_at > (SELECT max(sent_at) FROM outbox) - interval '1 minute'"
        else:
            since = "sent_at IS NOT NULL"
        tallies = await _unsend(tx, "tallies", "sent_at IS NOT NULL", "NULL")
        return await _unsend(tx, "outbox", since, UNSENT) + tallies


async def _valkey(redis: Redis) -> tuple[str, str]:
    """Return the current run ID and epoch of Valkey."""
    info, epoch = await redis.info("server"), await redis.get(EPOCH)
    return info["run_id"], (epoch or b"").decode()  # type: ignore[union-attr]


async def _unsend(tx: Connection, table: str, which: str, unsent: str) -> int:
    status: str = await tx.execute(f"UPDATE {table} SET sent_at = {unsent} WHERE {which}")
    return int(status.split()[-1])


async def trim(db: Database, redis: Redis) -> None:
    """Drop stream entries that every group has applied, and rows that were sent more than 7 days ago."""
    for stream in STREAMS:
        groups = await redis.xinfo_groups(stream) if await redis.exists(stream) else []
        horizons = []
        for group in groups:
            pending = await redis.xpending(stream, group["name"])
            horizons.append(_order(pending["min"] if pending["pending"] else group["last-delivered-id"]))
        if horizons:
            ms, sequence = min(horizons)
            await redis.xtrim(stream, minid=f"{ms}-{sequence}", approximate=False)
            if stream == COUNTS:
                # The transaction that counts a tally deletes it: an old one that still exists was never counted.
                await db.execute(
                    "UPDATE tallies SET sent_at = NULL WHERE sent_at < to_timestamp($1)", ms / 1000 - LOST_S
                )
    await db.execute("DELETE FROM outbox WHERE sent_at > '-infinity' AND sent_at < now() - $1::interval", RETENTION)


def _order(entry_id: bytes) -> tuple[int, int]:
    ms, _, sequence = entry_id.decode().partition("-")
    return int(ms), int(sequence or 0)
