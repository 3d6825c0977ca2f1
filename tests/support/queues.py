"""Waits for events to be handled."""

from domain.outbox import EVENTS
from tests.support.client import until
from workers.parts import Parts


async def events_handled(parts: Parts, group: str) -> None:
    """Return when every recorded event has been sent, and the consumer group has handled all that was sent."""

    async def is_done() -> bool:
        if await parts.db.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL"):
            return False
        newest = (await parts.redis.xinfo_stream(EVENTS))["last-generated-id"]
        [found] = [each for each in await parts.redis.xinfo_groups(EVENTS) if each["name"] == group.encode()]
        return bool(found["pending"] == 0 and found["last-delivered-id"] == newest)

    await until(is_done, bool)
