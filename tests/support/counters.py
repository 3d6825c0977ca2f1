"""Differences between stored counters and what they count."""

from clients.postgres import Database
from domain import counters


async def drift(db: Database) -> list[counters.Drift]:
    """What the repairer finds in all counters."""
    found: list[counters.Drift] = []
    for table in counters.TABLES:
        after = 0
        while True:
            more, after = await counters.repair(db, table, after, 5000)
            found += more
            if not after:
                break
    return found
