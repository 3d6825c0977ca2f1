"""Waits for counters, and finds differences between them and what they count."""

from clients.postgres import Database
from domain import counters
from tests.support.client import until
from tests.support.opaque_ids import number
from workers.parts import Parts


async def counted(parts: Parts, *ids: str) -> None:
    """Return when every change of the counters of these things has been added: no tally that names one is left."""
    patterns = [f"%, {number(id)}, %" for id in ids]
    left = "SELECT count(*) FROM tallies WHERE counts::text LIKE ANY($1)"
    await until(lambda: parts.db.fetchval(left, patterns), lambda found: found == 0)


async def counter_drift(db: Database) -> list[counters.Drift]:
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
