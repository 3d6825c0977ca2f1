"""The loop of a consumer group: every event is retried until it is applied, or parked if that is impossible.

An entry is acknowledged after its handler returned. The rest that a handler returns goes to the end of the stream in
the same transaction, for this group alone. A worker renews its entries while it works on them, however long that takes;
entries of a dead worker are taken by another.

An event that cannot be decoded is parked at once. An event whose handler fails waits for its retry without blocking
others.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from clients.postgres import Database, Unavailable
from clients.redis import CANNOT_SERVE, Redis
from clients.search import SearchAway
from domain import parking
from domain.events import Event, decode, encode
from domain.outbox import EVENTS
from workers.stream import BLOCK_MS, Fields, Group

log = logging.getLogger(__name__)

TRIES = 10
AT_ONCE = 16
MAX_RETRYING = 240
"""The maximum number of events that wait for a retry. Above it, an event that fails is parked at once."""

HELD_PAUSES = 4
"""After that many pauses (about 2 s), an event that waits for an unavailable service lets others go first."""

_AWAY = (*CANNOT_SERVE, SearchAway, *Unavailable)
_UNREADABLE = (KeyError, ValueError, msgspec.MsgspecError)

Handler = Callable[[Event], Awaitable[Event | None]]


class Consumer:
    """One member of the group `group`, applying up to 16 events at a time."""

    def __init__(
        self, group: str, db: Database, commands: Redis, waiting: Redis, handler: Handler, stream: str = EVENTS
    ) -> None:
        """`waiting` is a client whose reads have no timeout."""
        self._group = Group(stream, group, commands, waiting)
        self._db = db
        self._handler = handler
        self._tasks: dict[bytes, asyncio.Task[None]] = {}
        self._retrying = 0
        self._places = asyncio.Semaphore(AT_ONCE)

    async def step(self) -> bool:
        """Take new entries, or those of dead workers, and start on them. Raises what Redis raises."""
        await self._group.keep(self._tasks)
        free = AT_ONCE - (len(self._tasks) - self._retrying)
        if free <= 0:
            await asyncio.wait(self._tasks.values(), timeout=BLOCK_MS / 1000, return_when=asyncio.FIRST_COMPLETED)
            return True
        for entry_id, fields in await self._group.take(free):
            if entry_id not in self._tasks:
                task = asyncio.create_task(self._apply(entry_id, fields), name=f"{self._name} {entry_id.decode()}")
                self._tasks[entry_id] = task
                task.add_done_callback(partial(self._forget, entry_id))
        return True

    async def close(self) -> None:
        """Cancel the handlers in progress; their entries stay pending for other workers."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    @property
    def _name(self) -> str:
        return self._group.name

    def _forget(self, entry_id: bytes, task: asyncio.Task[None]) -> None:
        self._tasks.pop(entry_id, None)
        if not task.cancelled() and (error := task.exception()):
            log.error("%s: entry %s stays pending", self._name, entry_id.decode(), exc_info=error)

    async def _apply(self, entry_id: bytes, fields: dict[bytes, bytes]) -> None:
        left = None
        if fields.get(b"group", self._name.encode()) == self._name.encode():
            left = await self._handled(entry_id, fields)
        await self._group.replace(entry_id, left)

    async def _handled(self, entry_id: bytes, fields: dict[bytes, bytes]) -> Fields | None:
        """Apply or park the event. Returns the rest of it, as an entry."""
        try:
            event = decode(fields[b"event"])
        except _UNREADABLE as error:
            await self._park(entry_id, fields, parking.UNKNOWN, error)
            return None
        failures = pauses = 0
        while True:
            try:
                async with self._places:
                    left = await self._handler(event)
                return {"id": fields[b"id"], "event": encode(left), "group": self._name} if left else None
            except _AWAY as error:
                # No event is to blame while a service is away: it is retried until the service is back. At first it
                # blocks those behind it. Later it lets them go first, because the event itself may be the cause of
                # timeouts.
                log.warning("%s: event %s waits: %r", self._name, fields.get(b"id"), error)
                pauses += 1
                await self._rest(pauses, gives_way=pauses > HELD_PAUSES)
            except Exception as error:
                failures += 1
                log.exception("%s: event %s, try %d of %d", self._name, fields.get(b"id"), failures, TRIES)
                if failures == TRIES or self._retrying >= MAX_RETRYING:
                    await self._park(entry_id, fields, parking.FAILED, error)
                    return None
                await self._rest(failures, gives_way=True)

    async def _rest(self, number: int, *, gives_way: bool) -> None:
        """Wait for the next try. With `gives_way` the event occupies no place, unless too many wait already."""
        gives_way = gives_way and self._retrying < MAX_RETRYING
        self._retrying += gives_way
        try:
            await _pause(number)
        finally:
            self._retrying -= gives_way

    async def _park(self, entry_id: bytes, fields: dict[bytes, bytes], reason: str, error: Exception) -> None:
        """Park the event, once PostgreSQL is available."""
        payload = fields.get(b"event") or repr(fields).encode()
        source = fields.get(b"id", entry_id).decode("utf-8", "replace")[:40]
        log.error("%s: event %s is parked as %s: %s", self._name, source, reason, error)
        pauses = 0
        while True:
            try:
                await parking.park_event(self._db, self._name, source, payload, reason, parking.describe(error))
                return
            except Unavailable as away:
                log.warning("%s: event %s waits to be parked: %s", self._name, source, away)
                pauses += 1
                await _pause(pauses)


async def _pause(number: int) -> None:
    """Wait 0.2 s, then twice as long each time, at most 5 s, minus up to half of it at random."""
    await asyncio.sleep(min(0.1 * 2 ** min(number, 6), 5) * random.uniform(0.5, 1))
