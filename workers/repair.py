"""Continuous repair of counters and storage usage, row by row."""

import logging

from domain import counters
from domain.counters import Drift
from domain.media import quota
from workers.loop import forever
from workers.parts import Parts

log = logging.getLogger(__name__)

PAUSE = 1.0
STORAGE = "storage_usage"


async def run(parts: Parts) -> None:
    """Check every counted row, some hundreds at a time, until cancelled."""
    tables = [*counters.TABLES, STORAGE]
    after = 0

    async def step() -> bool:
        nonlocal after
        if tables[0] == STORAGE:
            drift, after = await quota.repair(parts.db, after)
        else:
            drift, after = await counters.repair(parts.db, tables[0], after)
        if drift:
            tell(drift)
        if not after:
            tables.append(tables.pop(0))
        return False

    await forever("repair", step, PAUSE)


def tell(drift: list[Drift]) -> None:
    """Log the drift that was corrected."""
    log.warning(
        "repair: %d counters were off, by %d in all, e.g. %s", len(drift), sum(abs(each.by) for each in drift), drift[0]
    )
