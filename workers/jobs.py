"""Jobs: long work that requests have enqueued and do not wait for."""

import logging
from collections.abc import Awaitable, Callable

from clients.outages import is_outage
from clients.redis import CANNOT_SERVE
from domain import activity, erasure, jobs, parking, relationships
from domain.hashtags import actions as hashtags
from domain.jobs import JobKind
from domain.messages import erasure as messages
from workers import kill_points
from workers.loop import forever
from workers.parts import Parts

log = logging.getLogger(__name__)

KINDS: dict[str, Callable[[Parts, int], Awaitable[bool]]] = {
    JobKind.WITHDRAW_MEDIA: lambda parts, id: erasure.withdraw_media(parts.db, id),
    JobKind.ERASE_ACCOUNT: lambda parts, id: erasure.erase_account(parts.db, parts.redis, id),
    JobKind.ERASE_POST: lambda parts, id: erasure.erase_post(parts.db, id),
    JobKind.ERASE_COMMENT: lambda parts, id: erasure.erase_comment(parts.db, id),
    JobKind.ERASE_STORY: lambda parts, id: erasure.erase_story(parts.db, id),
    JobKind.ERASE_CONVERSATION: lambda parts, id: messages.erase_conversation(parts.db, id),
    JobKind.LIST_TAGGINGS: lambda parts, id: hashtags.list_taggings(parts.db, id),
    JobKind.COUNT_ACTIVITY: lambda parts, id: activity.count_activity(parts.db, id),
    JobKind.ACCEPT_REQUESTS: lambda parts, id: relationships.accept_all(parts.db, id),
}
"""Handlers by kind of job. Each does a batch for a subject, and returns whether there is more."""

_PAUSE = 0.5


async def run(parts: Parts) -> None:
    """Do jobs in turn, one batch at a time, until cancelled."""

    async def step() -> bool:
        job = await jobs.claim(parts.db)
        if job is None:
            return False
        if job.kind not in KINDS:
            log.error("jobs: %d of the unknown kind %r is parked", job.id, job.kind)
            await jobs.park_unknown(parts.db, job)
            return True
        try:
            more = await KINDS[job.kind](parts, job.subject_id)
        except Exception as error:
            # While PostgreSQL is away this raises too, and all jobs wait. No job is to blame while Redis is away.
            is_away = isinstance(error, CANNOT_SERVE)
            description = parking.describe(error)
            parked = await jobs.fail(parts.db, job, description, counts=not is_away)
            if is_outage(error) and not parked:
                log.warning("jobs: %s %d is tried again, a part is away: %s", job.kind, job.subject_id, description)
            else:
                outcome = "is parked" if parked else "is tried again later"
                log.exception("jobs: %s %d %s", job.kind, job.subject_id, outcome)
            return True
        kill_points.reached("job stretch")
        await (jobs.go_on if more else jobs.done)(parts.db, job)
        return True

    await forever("jobs", step, _PAUSE)
