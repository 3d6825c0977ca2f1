"""The loop of events that are applied one by one: each is tried until it is applied, or set aside where it never is.

An entry is acknowledged after its handler returned; what the handler left of it is put at the end of the stream in the
same transaction, for this group alone. A worker keeps its entries fresh while it works on them, however long that
takes; those of a worker that died are taken by another.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from clients.postgres import Unavailable
from clients.redis import Redis, RedisConnectionError, RedisTimeoutError
from domain.events import Event, decode, encode
from domain.outbox import EVENTS
from workers.stream import BLOCK_MS, Fields, Group

log = logging.getLogger(__name__)

TRIES = 10
AT_ONCE = 16

Handler = Callable[[Event], Awaitable[Event | None]]


class Consumer:
    """One member of the group `group`, applying up to 16 events at a time."""

    def __init__(self, group: str, commands: Redis, waiting: Redis, handler: Handler) -> None:
        """`waiting` is a client whose reads have no timeout."""
        self._group = Group(EVENTS, group, commands, waiting)
        self._redis = commands
        self._handler = handler
        self._tasks: dict[bytes, asyncio.Task[None]] = {}

    async def step(self) -> bool:
        """Take what is new, or what others left, and start on it. Raises what Redis raises."""
        await self._group.keep(self._tasks)
        free = AT_ONCE - len(self._tasks)
        if not free:
            await asyncio.wait(self._tasks.values(), timeout=BLOCK_MS / 1000, return_when=asyncio.FIRST_COMPLETED)
            return True
        for entry_id, fields in await self._group.take(free):
            if entry_id not in self._tasks:
                task = asyncio.create_task(self._apply(entry_id, fields), name=f"{self._name} {entry_id.decode()}")
                self._tasks[entry_id] = task
                task.add_done_callback(partial(self._forget, entry_id))
        return True

    async def close(self) -> None:
        """Stop what is under way; its entries stay pending for others."""
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
            left = await self._handled(fields)
        await self._group.replace(entry_id, left)

    async def _handled(self, fields: dict[bytes, bytes]) -> Fields | None:
        """What is left to do of an event, as an entry."""
        failures = pauses = 0
        while failures < TRIES:
            try:
                left = await self._handler(decode(fields[b"event"]))
                return {"id": fields[b"id"], "event": encode(left), "group": self._name} if left else None
            except (RedisConnectionError, RedisTimeoutError, *Unavailable) as error:
                # A part that is away says nothing of the event: it waits until the part is back.
                log.warning("%s: event %s waits: %s", self._name, fields.get(b"id"), error)
            except Exception:
                failures += 1
                log.exception("%s: event %s, try %d of %d", self._name, fields.get(b"id"), failures, TRIES)
            pauses += 1
            await asyncio.sleep(min(0.1 * 2 ** min(pauses, 6), 5))
        dead: dict[Any, Any] = dict(fields)
        await self._redis.xadd(f"{EVENTS}:dead:{self._name}", dead, maxlen=10_000)
        return None
