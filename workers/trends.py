"""Trending hashtags, computed each minute by one of the processes that run this worker."""

from datetime import datetime

from domain.hashtags import trends
from kit import clock
from workers.loop import forever
from workers.parts import Parts

PAUSE = 1.0


async def run(parts: Parts) -> None:
    """Renew the list until cancelled."""
    await forever("trends", lambda: step(parts, clock.now()), PAUSE)


async def step(parts: Parts, now: datetime) -> bool:
    """Renew the list if it is this process's turn. After a failure another process may try at once."""
    if await trends.take_turn(parts.redis):
        try:
            await trends.renew(parts.db, parts.redis, now)
        except BaseException:
            await trends.give_turn_back(parts.redis)
            raise
    return False
