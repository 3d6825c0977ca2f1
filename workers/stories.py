"""Stories whose day is over, unless a highlight keeps them.

Nobody sees them any more: that is asked when they are read. Here go their rows, and by these the sets in Redis; their
objects by the erasure queue, which verifies that they are gone and tries again.
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
"""A story is live by the database's clock; that of this machine may be ahead by as much."""


async def run(parts: Parts) -> None:
    """Remove what is over until cancelled."""
    await forever("stories", lambda: sweep(parts, clock.now()), STORIES.pause.total_seconds())


async def sweep(parts: Parts, now: datetime) -> bool:
    """Remove at most 100 stories that have been over for MARGIN by `now`; whether there were any."""
    async with parts.db.acquire() as tx, tx.transaction():
        gone = await actions.sweep(tx, now - MARGIN)
        if gone:
            kill_points.reached("stories removed")
    if gone:
        log.info("%d stories were over and are removed", gone)
    return gone > 0
