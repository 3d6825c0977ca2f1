"""Fan-out of events to cached feeds."""

from domain.feed.fanout import Fanout
from domain.feed.timeline import Timeline
from workers import kill_points
from workers.consumer import Consumer
from workers.loop import forever
from workers.parts import Parts

GROUP = "fanout"


async def run(parts: Parts) -> None:
    """Update feeds until cancelled."""
    fanout = Fanout(
        parts.db,
        parts.redis,
        Timeline(parts.redis),
        parts.settings.fanout_limit,
        pushed=lambda: kill_points.reached("fan-out chunk"),
    )
    consumer = Consumer(GROUP, parts.db, parts.redis, parts.waiting_redis, fanout.apply)
    try:
        await forever("fanout", consumer.step, 0)
    finally:
        await consumer.close()
