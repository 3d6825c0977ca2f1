"""What no event announced, and what nobody needs any more."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from domain import idempotency
from domain.accounts import names
from domain.accounts.actions import forget_old_sessions
from domain.feed import impressions
from domain.media import actions, jobs, storage
from domain.messages import log as messages
from domain.mls import delivery, packages
from domain.push import queue
from kit import clock
from workers.loop import forever
from workers.parts import Parts

log = logging.getLogger(__name__)

_YOUNG = timedelta(seconds=2)


async def run(parts: Parts) -> None:
    """Compare storage with the database every two seconds, and tidy up."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(forever("arrivals", lambda: _arrivals(parts), 2))
        tasks.create_task(forever("erasures", lambda: _erasures(parts), 1))
        tasks.create_task(forever("expiry", lambda: _expiry(parts), 10))
        tasks.create_task(forever("unattached", lambda: jobs.discard_unattached(parts.db), 60))
        tasks.create_task(forever("sessions", lambda: forget_old_sessions(parts.db), 3600))
        tasks.create_task(forever("former usernames", lambda: names.forget_old(parts.db), 3600))
        tasks.create_task(forever("idempotency keys", lambda: idempotency.forget_old(parts.db), 3600))
        tasks.create_task(forever("conversation log", lambda: messages.forget_old(parts.db, clock.now()), 60))
        tasks.create_task(forever("pushes", lambda: queue.forget_old(parts.db), 3600))
        tasks.create_task(forever("impressions", lambda: impressions.forget_old(parts.db, clock.now()), 600))
        tasks.create_task(forever("MLS messages", lambda: delivery.forget_old(parts.db, clock.now()), 600))
        tasks.create_task(forever("MLS key packages", lambda: packages.forget_old(parts.db, clock.now()), 600))


async def _arrivals(parts: Parts) -> None:
    """Receive uploads that lie in quarantine unannounced; delete what lies there for no upload that waits for it."""
    settled_before = datetime.now(UTC) - _YOUNG
    lying: list[str] = []
    async for key, written_at in parts.bucket.list(storage.QUARANTINE):
        if written_at < settled_before:
            lying.append(key.removeprefix(storage.QUARANTINE))
    for start in range(0, len(lying), 500):
        tokens = lying[start : start + 500]
        status = await jobs.statuses(parts.db, tokens)
        await actions.receive(
            parts.db, parts.live, [token for token in tokens if status.get(token) == "AWAITING_BYTES"]
        )
        useless = [token for token in tokens if status.get(token) in (None, "READY", "REJECTED", "EXPIRED")]
        if useless:
            await parts.bucket.delete(map(storage.quarantine_key, useless))


async def _erasures(parts: Parts) -> bool:
    due = await jobs.due_erasures(parts.db)
    for erasure_id, token in due:
        try:
            await storage.erase(parts.bucket, token)
        except Exception:
            log.exception("erasures: the objects of upload %s are left for later", token)
            await jobs.postpone_erasure(parts.db, erasure_id)
        else:
            await jobs.erased(parts.db, erasure_id)
    return bool(due)


async def _expiry(parts: Parts) -> None:
    # After an outage bytes may lie there that nobody has been told of: nothing expires before storage was looked at.
    await _arrivals(parts)
    for owner_id, upload_id in await jobs.expire(parts.db):
        await actions.announce(parts.live, owner_id, upload_id)
