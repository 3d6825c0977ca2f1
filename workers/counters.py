"""Flush of tallies to counters: the tallies of a second are one batch."""

import asyncio
import logging

import msgspec

from clients.postgres import DataError
from domain import counters, parking
from domain.counters import Tally
from domain.feed import features
from domain.outbox import COUNTS
from domain.posts import cache
from workers import kill_points
from workers.loop import forever
from workers.parts import Parts
from workers.stream import Entry, Group

log = logging.getLogger(__name__)

GATHER = 0.8
BATCH = 20  # entries, of up to 2,000 tallies each


async def run(parts: Parts) -> None:
    """Flush until cancelled."""
    group = Group(COUNTS, "counters", parts.redis, parts.waiting_redis)

    async def step() -> bool:
        entries = await group.take(BATCH)
        if entries and len(entries) < BATCH:
            await asyncio.sleep(GATHER)
            entries += await group.take_now(BATCH - len(entries))
        if entries:
            await _flush(parts, group, entries)
        return True

    await forever("counters", step, 0)


async def _flush(parts: Parts, group: Group, entries: list[Entry]) -> None:
    kill_points.reached("counts taken")
    batch: list[Tally] = []
    for entry_id, fields in entries:
        try:
            tallies, unreadable = counters.decode(fields[b"tallies"])
        except (KeyError, msgspec.MsgspecError):
            # Its tallies, if it had any, are still in the database: the relay sends them again (`outbox.trim`).
            log.exception("counters: entry %s cannot be read and is left out", entry_id.decode())
            continue
        batch += tallies
        for tally_id, error in unreadable.items():
            log.error("counters: tally %d is parked: %s", tally_id, error)
            await parking.park_rows(parts.db, "tallies", [tally_id], parking.UNKNOWN, error)
    posts = await _flushed(parts, batch)
    kill_points.reached("counts committed")
    await cache.put_counts(parts.redis, posts)
    await features.recount(parts.redis, posts)
    kill_points.reached("counts shown")
    await group.done([entry_id for entry_id, _ in entries])


async def _flushed(parts: Parts, batch: list[Tally]) -> list[tuple[int, int, int]]:
    """Flush the batch. If PostgreSQL refuses a value, flush halves, until the invalid tally can be parked."""
    try:
        return await counters.flush(parts.db, batch)
    except DataError as error:
        if len(batch) > 1:
            half = len(batch) // 2
            return await _flushed(parts, batch[:half]) + await _flushed(parts, batch[half:])
        log.exception("counters: tally %d is parked", batch[0].id)
        await parking.park_rows(parts.db, "tallies", [batch[0].id], parking.FAILED, parking.describe(error))
        return []
