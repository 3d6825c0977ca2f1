"""Events to cached feeds."""

from domain.events import Event
from domain.feed import fanout
from workers import kill_points
from workers.consumer import Consumer
from workers.loop import forever
from workers.parts import Parts


async def run(parts: Parts) -> None:
    """Keep the feeds in step until cancelled."""

    async def apply(event: Event) -> None:
        await fanout.apply(parts.db, parts.redis, event, lambda: kill_points.reached("fan-out chunk"))

    consumer = Consumer("fanout", parts.redis, parts.waiting_redis, apply)
    try:
        await forever("fanout", consumer.step, 0)
    finally:
        await consumer.close()
