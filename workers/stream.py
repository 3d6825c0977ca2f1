"""A member of a consumer group: reads new entries and those of dead members, and renews its own."""

import os
import secrets
import socket
from collections.abc import Iterable
from typing import Any

from clients.redis import Redis, ResponseError

IDLE_MS = 10_000
BLOCK_MS = 1_000

_REPLACE = """
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 1 and ARGV[3] then
  redis.call('XADD', KEYS[1], '*', unpack(ARGV, 3))
end
"""

Entry = tuple[bytes, dict[bytes, bytes]]
Fields = dict[Any, Any]


class Group:
    """One member of the group `name` of `stream`. Raises what Redis raises."""

    def __init__(self, stream: str, name: str, commands: Redis, waiting: Redis) -> None:
        """`waiting` is a client whose reads have no timeout."""
        self.stream = stream
        self.name = name
        self._member = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._redis = commands
        self._waiting = waiting
        self._replace = commands.register_script(_REPLACE)

    async def take(self, count: int) -> list[Entry]:
        """Return up to `count` entries of members without a heartbeat for 10 s, else new ones within a second."""
        try:
            return await self._left_over(count) or await self._new(count)
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            await self._make()
            return []

    async def take_now(self, count: int) -> list[Entry]:
        """Return up to `count` new entries, without waiting."""
        answer: Any = await self._redis.xreadgroup(self.name, self._member, {self.stream: ">"}, count=count)
        return [entry for _, entries in answer for entry in entries]

    async def keep(self, entries: Iterable[bytes]) -> None:
        """Send a heartbeat for `entries`, on which this member still works."""
        kept: list[Any] = list(entries)
        if kept:
            await self._redis.xclaim(self.stream, self.name, self._member, 0, kept, justid=True)

    async def done(self, entries: Iterable[bytes]) -> None:
        """Acknowledge these entries."""
        await self._redis.xack(self.stream, self.name, *entries)

    async def replace(self, entry: bytes, left: Fields | None) -> None:
        """Acknowledge this entry, and append the rest `left` at the end of the stream.

        Does nothing if another member has acknowledged it first.
        """
        fields = [text for pair in (left or {}).items() for text in pair]
        await self._replace(keys=[self.stream], args=[self.name, entry, *fields])

    async def _left_over(self, count: int) -> list[Entry]:
        answer: list[Any] = await self._redis.xautoclaim(
            self.stream, self.name, self._member, min_idle_time=IDLE_MS, count=count
        )
        return [(entry_id, fields) for entry_id, fields in answer[1] if fields]

    async def _new(self, count: int) -> list[Entry]:
        answer: Any = await self._waiting.xreadgroup(
            self.name, self._member, {self.stream: ">"}, count=count, block=BLOCK_MS
        )
        return [entry for _, entries in answer for entry in entries]

    async def _make(self) -> None:
        try:
            await self._redis.xgroup_create(self.stream, self.name, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
