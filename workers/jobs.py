"""What requests have promised and did not wait for."""

from collections.abc import Awaitable, Callable

from domain import activity, erasure, jobs
from domain.graph import actions as graph
from domain.hashtags import actions as hashtags
from domain.messages import erasure as messages
from workers import kill_points
from workers.loop import forever
from workers.parts import Parts

_PAUSE = 0.5


async def run(parts: Parts) -> None:
    """Do jobs, one stretch at a time and each in its turn, until cancelled."""
    kinds: dict[str, Callable[[int], Awaitable[bool]]] = {
        "withdraw media": lambda id: erasure.withdraw_media(parts.db, id),
        "erase account": lambda id: erasure.erase_account(parts.db, parts.redis, id),
        "erase post": lambda id: erasure.erase_post(parts.db, id),
        "erase comment": lambda id: erasure.erase_comment(parts.db, id),
        "erase story": lambda id: erasure.erase_story(parts.db, id),
        "erase conversation": lambda id: messages.erase_conversation(parts.db, id),
        "list taggings": lambda id: hashtags.list_taggings(parts.db, id),
        "count activity": lambda id: activity.count_activity(parts.db, id),
        "accept requests": lambda id: graph.accept_all(parts.db, id),
    }

    async def step() -> bool:
        job = await jobs.claim(parts.db)
        if job is None:
            return False
        more = await kinds[job.kind](job.subject_id)
        kill_points.reached("job stretch")
        await (jobs.go_on if more else jobs.done)(parts.db, job)
        return True

    await forever("jobs", step, _PAUSE)
