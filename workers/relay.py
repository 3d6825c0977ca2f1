"""Relay of the outbox to the streams, and of parked work to its queues."""

import asyncio
from functools import partial

from domain import outbox
from workers import kill_points, parked, retention
from workers.loop import forever
from workers.parts import Parts

_PAUSE = 0.05


async def run(parts: Parts) -> None:
    """Send events as they are committed, and again if Valkey lost them."""

    async def send(stream: str) -> int:
        sent = await outbox.relay(parts.db, parts.redis, stream)
        if sent:
            kill_points.reached("relayed")
        return sent

    async def send_tallies() -> int:
        sent = await outbox.relay_tallies(parts.db, parts.redis)
        if sent:
            kill_points.reached("tallies relayed")
        return sent

    async with asyncio.TaskGroup() as tasks:
        for stream in (outbox.EVENTS, outbox.INDEX_EVENTS):
            tasks.create_task(forever(f"relay of {stream}", partial(send, stream), _PAUSE))
        tasks.create_task(forever("relay of tallies", send_tallies, _PAUSE))
        tasks.create_task(forever("epoch", lambda: outbox.check_epoch(parts.db, parts.redis), 1))
        tasks.create_task(forever("parked work", parked.Redriver(parts).step, parked.PAUSE))
        for loop in retention.loops("relay", parts):
            tasks.create_task(loop)
