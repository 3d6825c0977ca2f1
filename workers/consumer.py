"""The one stream loop: a consumer group takes events, tries each until it is applied, and sets aside what never is.

An entry is acknowledged after its handler returned. Entries of a worker that died are claimed by another once they have
been idle for 10 s; a worker keeps its own fresh while it works on them, however long that takes.
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from clients.postgres import Unavailable
from clients.redis import Redis, RedisConnectionError, ResponseError
from domain.events import Event, decode
from domain.outbox import STREAM

log = logging.getLogger(__name__)

IDLE_MS = 10_000
TRIES = 10
AT_ONCE = 16
_BLOCK_MS = 1_000

Handler = Callable[[Event], Awaitable[None]]


class Consumer:
    """One member of the group `group`, applying up to 16 events at a time."""

    def __init__(self, group: str, commands: Redis, waiting: Redis, handler: Handler) -> None:
        """`waiting` is a client whose reads have no timeout."""
        self._group = group
        self._name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._redis = commands
        self._waiting = waiting
        self._handler = handler
        self._tasks: dict[bytes, asyncio.Task[None]] = {}

    async def step(self) -> bool:
        """Take what is new, or what others left, and start on it. Raises what Redis raises."""
        free = AT_ONCE - len(self._tasks)
        try:
            await self._keep()
            if not free:
                await asyncio.wait(self._tasks.values(), timeout=_BLOCK_MS / 1000, return_when=asyncio.FIRST_COMPLETED)
                return True
            entries = await self._left_over(free) or await self._new(free)
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            await self._make_group()
            return True
        for entry_id, fields in entries:
            if entry_id not in self._tasks:
                task = asyncio.create_task(self._apply(entry_id, fields), name=f"{self._group} {entry_id.decode()}")
                self._tasks[entry_id] = task
                task.add_done_callback(partial(self._forget, entry_id))
        return True

    async def close(self) -> None:
        """Stop what is under way; its entries stay pending for others."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _forget(self, entry_id: bytes, task: asyncio.Task[None]) -> None:
        self._tasks.pop(entry_id, None)
        if not task.cancelled() and (error := task.exception()):
            log.error("%s: entry %s stays pending", self._group, entry_id.decode(), exc_info=error)

    async def _keep(self) -> None:
        if self._tasks:
            await self._redis.xclaim(STREAM, self._group, self._name, 0, list(self._tasks), justid=True)

    async def _left_over(self, count: int) -> list[tuple[bytes, dict[bytes, bytes]]]:
        answer: list[Any] = await self._redis.xautoclaim(
            STREAM, self._group, self._name, min_idle_time=IDLE_MS, count=count
        )
        return [(entry_id, fields) for entry_id, fields in answer[1] if fields]

    async def _new(self, count: int) -> list[tuple[bytes, dict[bytes, bytes]]]:
        answer: Any = await self._waiting.xreadgroup(
            self._group, self._name, {STREAM: ">"}, count=count, block=_BLOCK_MS
        )
        return [entry for _, entries in answer for entry in entries]

    async def _make_group(self) -> None:
        try:
            await self._redis.xgroup_create(STREAM, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _apply(self, entry_id: bytes, fields: dict[bytes, bytes]) -> None:
        failures = pauses = 0
        while failures < TRIES:
            try:
                await self._handler(decode(fields[b"event"]))
                break
            except (RedisConnectionError, *Unavailable) as error:
                # A part that is away says nothing of the event: it waits until the part is back.
                log.warning("%s: event %s waits: %s", self._group, fields.get(b"id"), error)
            except Exception:
                failures += 1
                log.exception("%s: event %s, try %d of %d", self._group, fields.get(b"id"), failures, TRIES)
            pauses += 1
            await asyncio.sleep(min(0.1 * 2**pauses, 5))
        else:
            dead: dict[Any, Any] = dict(fields)
            await self._redis.xadd(f"{STREAM}:dead:{self._group}", dead, maxlen=10_000)
        await self._redis.xack(STREAM, self._group, entry_id)
