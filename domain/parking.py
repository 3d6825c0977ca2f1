"""Parked work: what a queue could not do is kept apart, so that the rest of the queue goes on.

Work is parked as UNKNOWN at once when this version has no handler for its kind or cannot decode it: a newer version may
have written it before a rollback. It is parked as FAILED when every try has failed. Parked work is never deleted by the
workers: it stays until it is redriven, which puts it back into the queue that it came from.

Parking and redriving move the work within one transaction, so that nothing is lost or done by two queues. Every handler
is idempotent: work that is redriven after it was done has no further effect.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from clients.postgres import Database, Queries
from domain.events import UNSENT, envelope
from kit import ids

UNKNOWN = "UNKNOWN"
FAILED = "FAILED"
EVENTS = "events:"
"""The prefix of the queues of events. The name of the consumer group follows."""
BATCH_SIZE = 500
MAX_ERROR_LENGTH = 500
MAX_KIND_LENGTH = 40

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Table:
    """A table that is a queue: SQL for the kind of a row, and the columns that a redriven row begins with."""

    kind: str
    reset: dict[str, Any]


TABLES = {
    "jobs": _Table("kind", {"failures": 0, "due_at": "now"}),
    "tallies": _Table("coalesce(counts #>> '{0,0}', '')", {"sent_at": None}),
    "pushes": _Table("kind", {"attempt": 0, "due_at": "now"}),
    "erasures": _Table("'erase objects'", {"failures": 0, "due_at": "now"}),
}


class Parked(msgspec.Struct, frozen=True):
    """Parked work. `source` identifies it within `queue`, `payload` is its row or event as JSON."""

    id: int
    queue: str
    source: str
    kind: str
    reason: str
    error: str
    payload: str
    parked_at: datetime


class Summary(msgspec.Struct, frozen=True):
    """How much work of one kind is parked in a queue for the same reason, with the error of the newest."""

    queue: str
    kind: str
    reason: str
    count: int
    first_id: int
    oldest_at: datetime
    error: str


def describe(error: BaseException) -> str:
    """The text that `error` is listed with."""
    return f"{type(error).__name__}: {error}"


async def park_event(db: Queries, group: str, source: str, payload: bytes, reason: str, error: str) -> None:
    """Park an event for one consumer group. Parking it again has no effect."""
    text = _text(payload.decode("utf-8", "backslashreplace"))
    await db.execute(
        """
        INSERT INTO parked_work (id, queue, source, kind, payload, reason, error, parked_at)
        VALUES (next_id($1), $2, $3, $4, $5, $6, $7, now()) ON CONFLICT (queue, source) DO NOTHING
        """,
        ids.shard_of(0),
        EVENTS + group,
        source,
        _kind_of(text)[:MAX_KIND_LENGTH],
        text,
        reason,
        _text(error)[:MAX_ERROR_LENGTH],
    )


async def park_rows(
    db: Queries, table: str, row_ids: Iterable[int], reason: str, error: str, leased_until: datetime | None = None
) -> int:
    """Park rows of one of TABLES and return how many. With `leased_until`, only rows whose lease the caller holds."""
    parked: int = await db.fetchval(
        f"""
        WITH taken AS (
            DELETE FROM {table} WHERE id = ANY($2) {"AND due_at = $6" if leased_until else ""} RETURNING *
        ), parked AS (
            INSERT INTO parked_work (id, queue, source, kind, payload, reason, error, parked_at)
            SELECT next_id($1), $3, id::text, left({TABLES[table].kind}, {MAX_KIND_LENGTH}), to_jsonb(taken)::text,
                   $4, $5, now() FROM taken
            ON CONFLICT (queue, source) DO UPDATE SET
                payload = excluded.payload, reason = excluded.reason, error = excluded.error
            RETURNING 1
        ) SELECT count(*) FROM parked
        """,
        ids.shard_of(0),
        list(row_ids),
        table,
        reason,
        _text(error)[:MAX_ERROR_LENGTH],
        *([leased_until] if leased_until else []),
    )
    return parked


async def summaries(db: Database, limit: int = 100) -> list[Summary]:
    """Parked work by queue, kind and reason, the largest groups first."""
    records = await db.fetch(
        """
        SELECT queue, kind, reason, count(*) AS count, min(id) AS first_id, min(parked_at) AS oldest_at,
               (array_agg(error ORDER BY id DESC))[1] AS error
        FROM parked_work GROUP BY queue, kind, reason ORDER BY count(*) DESC, queue, kind LIMIT $1
        """,
        limit,
    )
    return [Summary(**record) for record in records]


async def count(db: Database) -> int:
    """How much work is parked."""
    total: int = await db.fetchval("SELECT count(*) FROM parked_work")
    return total


async def redrive(
    db: Database,
    queue: str | None = None,
    id: int | None = None,
    reason: str | None = None,
    is_wanted: Callable[[Parked], bool] = lambda parked: True,
) -> tuple[int, int]:
    """Put parked work back where it came from: all, or that of `queue`, `id`, `reason` for which `is_wanted` is true.

    Returns how much was put back, and how much stays because it cannot be put back as it is.
    """
    after = redriven = left = 0
    until = await db.fetchval("SELECT coalesce(max(id), 0) FROM parked_work")
    while records := await db.fetch(
        """
        SELECT id, queue, source, kind, reason, error, payload, parked_at FROM parked_work
        WHERE id > $1 AND id <= $2 AND ($3::text IS NULL OR queue = $3) AND ($4::bigint IS NULL OR id = $4)
          AND ($5::text IS NULL OR reason = $5)
        ORDER BY id LIMIT $6
        """,
        after,
        until,
        queue,
        id,
        reason,
        BATCH_SIZE,
    ):
        after = records[-1]["id"]
        for parked in (Parked(**record) for record in records):
            if not is_wanted(parked):
                continue
            try:
                redriven += await _put_back(db, parked)
            except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, KeyError) as error:
                left += 1
                log.warning("parked work %d cannot be put back: %s", parked.id, error)
    return redriven, left


async def _put_back(db: Database, parked: Parked) -> bool:
    """Move one piece of work back. False where another process has just done so."""
    async with db.acquire() as tx, tx.transaction():
        if not await tx.fetchval("DELETE FROM parked_work WHERE id = $1 RETURNING true", parked.id):
            return False
        if parked.queue.startswith(EVENTS):
            await tx.execute(
                f"""
                INSERT INTO outbox (id, kind, payload, consumer, sent_at, created_at)
                SELECT next_id($1), $2, $3::jsonb, consumer, {UNSENT}, now() FROM (SELECT $4::text AS consumer) c
                """,
                ids.shard_of(0),
                parked.kind,
                parked.payload,
                parked.queue.removeprefix(EVENTS),
            )
        else:
            await _restore(tx, parked)
    return True


async def _restore(tx: Queries, parked: Parked) -> None:
    """Insert the row again, unless the same work was promised again meanwhile. New columns have their defaults.

    Raises KeyError for a queue that this version does not have.
    """
    table, reset = parked.queue, TABLES[parked.queue].reset
    names = await tx.fetch(
        """
        SELECT quote_ident(attname) AS name FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
          AND attname IN (SELECT jsonb_object_keys($2::jsonb))
        """,
        table,
        parked.payload,
    )
    columns = ", ".join(record["name"] for record in names)
    await tx.execute(
        f"""
        INSERT INTO {table} ({columns})
        SELECT {columns} FROM jsonb_populate_record(NULL::{table}, $1::jsonb || $2::jsonb) ON CONFLICT DO NOTHING
        """,
        parked.payload,
        msgspec.json.encode(reset).decode(),
    )


def _kind_of(event: str) -> str:
    """The name of the kind of an encoded event. Empty where it cannot be told."""
    try:
        return envelope(event).type
    except (msgspec.MsgspecError, ValueError):
        return ""


def _text(text: str) -> str:
    """`text` as PostgreSQL can store it."""
    return text.replace("\0", "\\x00")
