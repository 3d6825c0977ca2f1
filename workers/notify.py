"""Notifications from events."""

from domain.events import Event
from domain.notifications.notify import Notifier
from workers import kill_points
from workers.consumer import Consumer
from workers.loop import forever
from workers.parts import Parts

GROUP = "notify"


async def run(parts: Parts) -> None:
    """Notify users until cancelled."""
    notifier = Notifier(parts.db, parts.live)

    async def apply(event: Event) -> Event | None:
        left = await notifier.apply(event)
        kill_points.reached("notified")
        return left

    consumer = Consumer(GROUP, parts.db, parts.redis, parts.waiting_redis, apply)
    try:
        await forever("notify", consumer.step, 0)
    finally:
        await consumer.close()
