"""Parked work (`domain/parking`): listing it, and redriving it to its queues.

Work that was parked as UNKNOWN is redriven automatically when a worker runs whose version can decode it.
"""

import logging
from typing import Any

import msgspec

from domain import counters, events, parking
from domain.outbox import EVENTS
from domain.parking import Parked
from workers import fanout, jobs, notify, push
from workers.parts import Parts

log = logging.getLogger(__name__)

GROUPS = (fanout.GROUP, notify.GROUP, events.INDEX)
PAUSE = 30.0
_ADOPTED_AT_ONCE = 500


class NotParked(Exception):
    """No parked work has this ID."""


async def listing(parts: Parts) -> str:
    """List parked work: a line for each queue, kind and reason, then one with the newest error."""
    await adopt(parts)
    lines = []
    for each in await parking.summaries(parts.db):
        lines.append(
            f"{each.count:>8}  {each.reason:7}  {each.queue}  {each.kind or '(no kind)'}"
            f"  since {each.oldest_at:%Y-%m-%d %H:%M}, first ID {each.first_id}"
        )
        lines.append(f"{'':8}  {each.error}")
    return "\n".join(lines) or "Nothing is parked."


async def redrive(parts: Parts, which: str | None = None) -> str:
    """Redrive parked work: all of it, that of a queue, or the one with an ID. Raises NotParked."""
    await adopt(parts)
    is_id = which is not None and which.isdigit()
    done, left = await parking.redrive(
        parts.db, queue=None if is_id else which, id=int(which) if is_id and which else None
    )
    if which is not None and not done + left:
        raise NotParked(f"Nothing is parked as {which!r}. `python -m workers parked` lists queues and IDs.")
    return f"{done} put back." + (f" {left} stay parked: the log says why." if left else "")


class Redriver:
    """Redrives what its version can decode, and logs how much is parked."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._reported = 0

    async def step(self) -> None:
        """Redrive what can be decoded now; log how much is parked if that has changed."""
        await redrive_known(self._parts)
        if (count := await parking.count(self._parts.db)) != self._reported:
            self._reported = count
            log.warning("%d pieces of work are parked: `python -m workers parked` lists them", count)


async def redrive_known(parts: Parts) -> None:
    """Redrive work that was parked as UNKNOWN and that this version can decode."""
    await adopt(parts)
    done, left = await parking.redrive(parts.db, reason=parking.UNKNOWN, is_wanted=is_known)
    if done or left:
        log.info("parked work: %d put back, since this version can read it; %d cannot be put back", done, left)


def is_known(parked: Parked) -> bool:
    """Return whether this version has a handler for the work and can decode it."""
    try:
        if parked.queue.removeprefix(parking.EVENTS) in GROUPS:
            events.decode(parked.payload.encode())
            return True
        row: dict[str, Any] = msgspec.json.decode(parked.payload)
        match parked.queue:
            case "jobs":
                return row["kind"] in jobs.KINDS
            case "pushes":
                return row["kind"] in push.RENDERERS
            case "tallies":
                counters.read(row["id"], msgspec.json.encode(row["counts"]))
                return True
    except (KeyError, TypeError, ValueError, msgspec.MsgspecError, counters.UnknownCounter):
        pass
    return False


async def adopt(parts: Parts) -> None:
    """Park the entries of the streams `events:dead:*`, which older versions wrote.

    They include events of this version that older workers could not decode during a rolling update. All are parked as
    UNKNOWN, so what this version can decode is retried once more.
    """
    for group in GROUPS:
        stream = f"{EVENTS}:dead:{group}"
        entries: Any = await parts.redis.xrange(stream, count=_ADOPTED_AT_ONCE)
        for entry_id, fields in entries:
            source = fields.get(b"id", entry_id).decode()
            payload = fields.get(b"event", b"")
            error = "An earlier version gave it up."
            await parking.park_event(parts.db, group, source, payload, parking.UNKNOWN, error)
            await parts.redis.xdel(stream, entry_id)
