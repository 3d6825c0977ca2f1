"""Counts to counters: what has gathered in a second is one batch."""

import asyncio
import logging

from domain import counters
from domain.events import Counted, decode
from domain.outbox import COUNTS
from domain.posts import cache
from workers import kill_points
from workers.loop import forever
from workers.parts import Parts
from workers.stream import Entry, Group

log = logging.getLogger(__name__)

GATHER = 0.8
BATCH = 5_000


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
    batch = []
    for entry_id, fields in entries:
        event = decode(fields[b"event"])
        if isinstance(event, Counted):
            batch.append((int(fields[b"id"]), event))
        else:
            log.error("counters: entry %s is no count", entry_id.decode())
    flushed = await counters.flush(parts.db, batch)
    kill_points.reached("counts committed")
    await cache.put_counts(parts.redis, flushed.posts)
    kill_points.reached("counts shown")
    await group.done([entry_id for entry_id, _ in entries])
