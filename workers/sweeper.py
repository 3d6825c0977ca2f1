"""The sweeper: finds work without an event, and deletes data without a use."""

import asyncio
import logging
import secrets
from collections import deque
from datetime import UTC, datetime, timedelta

from clients.s3 import Bucket
from domain import parking
from domain.media import actions, erasure_queue, jobs, originals, storage
from domain.media.erasure_queue import Erasure
from domain.publication import publish_if_ready
from domain.retention import EXPIRED_UPLOADS, ORPHANS
from kit import clock
from workers import kill_points, retention
from workers.loop import forever
from workers.parts import Parts

log = logging.getLogger(__name__)

_YOUNG = timedelta(seconds=2)
_PAIR = timedelta(days=1) / 256
_ERASED_AT_ONCE = 16
_TOLD_AT_ONCE = 100


async def run(parts: Parts) -> None:
    """Compare storage with the database every two seconds, and clean up."""
    turns = pairs(clock.now())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(forever("arrivals", lambda: _arrivals(parts), 2))
        tasks.create_task(forever("erasures", lambda: _erasures(parts), 1))
        tasks.create_task(forever("edges", lambda: _edges(parts), 1))
        tasks.create_task(forever("expiry", lambda: _expiry(parts), EXPIRED_UPLOADS.pause.total_seconds()))
        tasks.create_task(forever("orphans", lambda: orphans(parts, turns, clock.now()), ORPHANS.pause.total_seconds()))
        tasks.create_task(forever("names of originals", lambda: originals.move(parts.db, parts.bucket), 10))
        for loop in retention.loops("sweeper", parts):
            tasks.create_task(loop)


async def _arrivals(parts: Parts) -> None:
    """Process unannounced uploads in quarantine; delete objects there that no upload waits for."""
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
        useless = [token for token in tokens if status.get(token) not in ("AWAITING_BYTES", "PROCESSING")]
        if useless:
            await parts.bucket.delete(map(storage.quarantine_key, useless))


async def _erasures(parts: Parts) -> bool:
    due = await erasure_queue.due(parts.db, _ERASED_AT_ONCE)
    await asyncio.gather(*(_erase(parts, erasure) for erasure in due))
    return bool(due)


async def _erase(parts: Parts, erasure: Erasure) -> None:
    try:
        async with asyncio.timeout(erasure_queue.CLAIM.total_seconds()):
            await _empty(parts, erasure)
            await (erasure_queue.gone if parts.edges else erasure_queue.done)(parts.db, erasure)
    except Exception as error:
        # Nothing is parked because storage is away.
        counts = await parts.bucket.works(storage.quarantine_key(secrets.token_hex(16)))
        parked = await erasure_queue.fail(parts.db, erasure, parking.describe(error), counts=counts)
        outcome = "are parked" if parked else "are left for later"
        log.exception("erasures: the objects of upload %s %s", erasure.token, outcome)


async def _empty(parts: Parts, erasure: Erasure) -> None:
    """Delete the objects, and verify that they are gone. Raises OSError if some remain."""
    bucket, token, keys = parts.bucket, erasure.token, erasure.keys
    marker = storage.marker_key(token)
    hidden = [storage.quarantine_key(token), storage.original_key(token), marker] if keys is None else []
    await storage.abort_parts(bucket, hidden if keys is None else keys)
    shown = await _listed(bucket, token, keys)
    if keys is None and not shown:
        # SeaweedFS keeps folders. After its disk was full it may have objects in one that it does not list, until
        # another is stored there.
        await bucket.touch(marker)
        shown = await _listed(bucket, token, keys)
    if shown:
        await erasure_queue.remember(parts.db, erasure, shown)
    await bucket.delete([*shown, *hidden, *(keys or ())])
    kill_points.reached("objects deleted")
    # Another sweeper may just have stored its marker, which it deletes.
    if left := set(await storage.holdings(bucket, token, keys)) - {storage.marker_key(token)}:
        raise OSError(f"{len(left)} objects of upload {token} are still there.")


async def _listed(bucket: Bucket, token: str, keys: list[str] | None) -> list[str]:
    """Return the stored objects of a published upload, except the marker; of `keys` if they are given."""
    found = [key async for key, _ in bucket.list(f"{storage.MEDIA}{token}/") if keys is None or key in keys]
    return [key for key in found if key != storage.marker_key(token)]


async def _edges(parts: Parts) -> bool:
    """Purge deleted objects from edge caches."""
    untold = await erasure_queue.untold(parts.db, _TOLD_AT_ONCE)
    shown = {
        erasure.id: {key.removeprefix(storage.MEDIA) for key in erasure.found or () if key.startswith(storage.MEDIA)}
        for erasure in untold
    }
    left = await parts.edges.forget([path for paths in shown.values() for path in paths]) if parts.edges else {}
    if left:
        log.warning("edges: %d objects are not forgotten yet, one of them as %s", len(left), next(iter(left.values())))
    for erasure in untold:
        if left.keys().isdisjoint(shown[erasure.id]):
            await erasure_queue.done(parts.db, erasure)
    return bool(untold)


def pairs(now: datetime) -> deque[str]:
    """Return the 256 pairs of digits that a token can begin with, starting with the one that is due at this time of
    day.

    So a process that is restarted often does not always begin with the same pair.
    """
    turn = int(now.timestamp() // _PAIR.total_seconds())
    return deque(f"{(turn + n) % 256:02x}" for n in range(256))


async def orphans(parts: Parts, turns: deque[str], now: datetime) -> None:
    """Erase objects without an upload, of the tokens that begin with the first of `turns`, which then moves to the end.

    The rate is twice what is needed to check every pair within a day.
    """
    pair = turns[0]
    tokens: set[str] = set()
    named = storage.NAMES + pair
    for prefix, begin in ((storage.ORIGINALS, pair), (storage.ORIGINALS, named), (storage.MEDIA, pair)):
        async for key, written_at in parts.bucket.list(prefix + begin):
            if written_at < now - ORPHANS.lifetime:
                tokens.add(key.removeprefix(prefix)[:32])
    await erasure_queue.erase(parts.db, await erasure_queue.without_row(parts.db, sorted(tokens)))
    for begin in (storage.QUARANTINE + pair, storage.ORIGINALS + pair, storage.ORIGINALS + named):
        async for key, multipart, begun_at in parts.bucket.multiparts(begin):
            if begun_at < now - ORPHANS.lifetime:
                await parts.bucket.abort(key, multipart)
    turns.rotate(-1)


async def _expiry(parts: Parts) -> None:
    # After an outage bytes may have arrived without an event: nothing expires before storage was checked.
    await _arrivals(parts)
    for owner_id, upload_id in await jobs.expire(parts.db, publish_if_ready):
        await actions.announce(parts.live, owner_id, upload_id)
