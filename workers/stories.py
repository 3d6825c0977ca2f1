"""Removal of expired stories that no highlight keeps.

Reads already exclude them. This worker deletes their rows. The events of that drop the sets in Redis (worker `fanout`).
The erasure queue deletes their objects, verifies that, and retries.
"""

import logging
from datetime import datetime, timedelta

from domain.retention import STORIES
from domain.stories import actions
from kit import clock
from workers import kill_points
from workers.loop import forever
from workers.parts import Parts

log = logging.getLogger(__name__)

MARGIN = timedelta(minutes=1)
"""A story expires by the database's clock; this machine's clock may be ahead by that much."""


async def run(parts: Parts) -> None:
    """Remove what is over until cancelled."""
    await forever("stories", lambda: sweep(parts, clock.now()), STORIES.pause.total_seconds())


async def sweep(parts: Parts, now: datetime) -> bool:
    """Delete at most 100 stories that expired MARGIN before `now`. Returns whether there were any."""
    async with parts.db.acquire() as tx, tx.transaction():
        gone = await actions.sweep(tx, now - MARGIN)
        if gone:
            kill_points.reached("stories removed")
    if gone:
        log.info("%d stories were over and are removed", gone)
    return gone > 0
