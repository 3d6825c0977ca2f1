"""Work that no version can do, put into every queue. All of it must be parked, once, and nothing else."""

import secrets

import asyncpg

from domain import parking

GROUPS = ("fanout", "notify", "index")
EACH = 6
_EVENTS = ('{"type": "PostTranslated", "post_id": 1}', '{"type": "PostPublished", "post_id": "no number"}')
_TALLIES = ('["no list"]', '[["post.views", 1, 1]]')


class Poison:
    """What was put in, by queue and source as `parked_work` has them."""

    def __init__(self, database_url: str) -> None:
        self.sources: set[tuple[str, str]] = set()
        self._database_url = database_url

    async def put(self) -> None:
        """Put some into the outbox, the jobs and the tallies, all in one transaction."""
        connection = await asyncpg.connect(self._database_url, timeout=10)
        found: set[tuple[str, str]] = set()
        try:
            async with connection.transaction():
                for number in range(EACH):
                    event = await connection.fetchval(
                        """
                        INSERT INTO outbox (id, kind, payload, created_at)
                        VALUES (next_id(0), 'PostTranslated', $1::jsonb, now()) RETURNING id
                        """,
                        _EVENTS[number % len(_EVENTS)],
                    )
                    found |= {(parking.EVENTS + group, str(event)) for group in GROUPS}
                    job = await connection.fetchval(
                        """
                        INSERT INTO jobs (id, kind, subject_id, due_at, created_at)
                        VALUES (next_id(0), 'translate post', $1, now(), now()) RETURNING id
                        """,
                        secrets.randbits(60),
                    )
                    tally = await connection.fetchval(
                        "INSERT INTO tallies (id, counts) VALUES (next_id(0), $1::jsonb) RETURNING id",
                        _TALLIES[number % len(_TALLIES)],
                    )
                    found |= {("jobs", str(job)), ("tallies", str(tally))}
            self.sources |= found
        finally:
            await connection.close(timeout=5)

    async def differences(self, connection: asyncpg.Connection) -> list[str]:
        """What is parked and should not be, and the reverse."""
        records = await connection.fetch("SELECT queue, source, kind, reason, error FROM parked_work")
        parked = {(record["queue"], record["source"]): record for record in records}
        others = [f"was parked: {dict(parked[source])}" for source in parked.keys() - self.sources]
        missing = self.sources - parked.keys()
        return others + ([f"{len(missing)} poisoned entries were not parked, e.g. {min(missing)}"] if missing else [])
