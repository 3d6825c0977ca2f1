"""Whether anything that two versions have queued is still waiting."""

import time
from typing import Any

from clients import redis
from tests.releases.conftest import Releases
from tests.support.client import until

GROUPS = (("events", "fanout"), ("events", "notify"), ("events:index", "index"), ("counts", "counters"))
_HURRY_S = 0.5

# Of jobs, those that wait for a minute, and those of which a worker of the old version does not know the kind, for two.
_HURRY = """UPDATE jobs SET due_at = now()
WHERE due_at > now() + interval '3 seconds' AND due_at < now() + interval '5 minutes'"""
_WAITING = """SELECT
  (SELECT count(*) FROM outbox WHERE sent_at IS NULL OR sent_at = '-infinity') AS events,
  (SELECT count(*) FROM tallies) AS tallies,
  (SELECT array_agg(kind) FROM jobs WHERE due_at < now() + interval '5 minutes') AS jobs,
  (SELECT array_agg(status) FROM uploads WHERE status = 'PROCESSING' OR status = 'READY' AND progress < 1) AS uploads"""


async def drained(releases: Releases, seconds: float = 60) -> None:
    """Return when nothing waits in any queue; fail with what does after `seconds`."""
    hurried_at = 0.0

    async def look() -> dict[str, Any]:
        nonlocal hurried_at
        if time.monotonic() - hurried_at > _HURRY_S:
            await releases.db.execute(_HURRY)
            hurried_at = time.monotonic()
        found = dict(await releases.db.fetchrow(_WAITING))
        for stream, group in GROUPS:
            found[group] = await _unfinished(releases.redis, stream, group)
        return found

    await until(look, lambda found: not any(found.values()), seconds)


async def _unfinished(valkey: redis.Redis, stream: str, group: str) -> int:
    """How many entries of the stream a group has not been given, or has not acknowledged."""
    for each in await valkey.xinfo_groups(stream) if await valkey.exists(stream) else []:
        if each["name"] == group.encode():
            return int(each["pending"]) + int(each["lag"] or 0)
    return 0
