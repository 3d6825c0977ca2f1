"""Waits for events to be handled."""

from domain.outbox import EVENTS, INDEX_EVENTS
from tests.support.client import until
from workers.parts import Parts


async def events_handled(parts: Parts, group: str) -> None:
    """Return when every recorded event has been sent, and the consumer group has handled all that was sent."""

    async def is_done() -> bool:
        if await parts.db.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL OR sent_at = '-infinity'"):
            return False
        return all([await _is_handled(parts, stream, group) for stream in (EVENTS, INDEX_EVENTS)])

    await until(is_done, bool)


async def _is_handled(parts: Parts, stream: str, group: str) -> bool:
    groups = {each["name"]: each for each in await parts.redis.xinfo_groups(stream)}
    if group.encode() not in groups:
        return stream == INDEX_EVENTS  # which only one group reads
    newest = (await parts.redis.xinfo_stream(stream))["last-generated-id"]
    found = groups[group.encode()]
    return bool(found["pending"] == 0 and found["last-delivered-id"] == newest)
