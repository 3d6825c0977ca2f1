"""Live streams of this process, and periodic checks of their right to listen.

A session, an account, a membership, a block or an expired token can end a right without notice. Every two seconds all
rights are checked, 250 streams at a time. The same check finds log entries without a hint, so a lost hint costs two
seconds and nothing else.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import count

from broadcaster._base import Subscriber

from clients.broadcast import GAP, Hub, tell, unheard
from clients.postgres import Database
from clients.redis import Redis, RedisError, is_away
from domain import presence
from domain.accounts import sessions
from domain.accounts.tokens import Access
from domain.messages import log
from domain.messages.reads import still_in
from kit.clock import Clock
from kit.errors import Unauthenticated

LOOK = 2.0
_AT_ONCE = 250  # more of them would hold up what arrives meanwhile

logger = logging.getLogger(__name__)


class StreamRevokedError(Exception):
    """The listener has lost the right to this stream."""


@dataclass(eq=False)
class Stream:
    """A listener of a channel. `conversation_id` limits it to one conversation, 0 for all.

    `position` is the last read sequence number of the log, None for streams without a log.
    """

    access: Access
    events: Subscriber
    clock: Clock
    conversation_id: int = 0
    position: int | None = None
    over: bool = False
    cut: bool = False

    async def hint(self, within: float | None = None) -> str:
        """Return the next message; GAP if messages were missed, or after that many seconds without one.

        Raises Unauthenticated and StreamRevokedError.
        """
        self.check()
        try:
            async with asyncio.timeout(within):
                event = await self.events.get()
        except TimeoutError:
            return GAP
        self.check()
        return str(event.message)

    def check(self) -> None:
        """Raise Unauthenticated or StreamRevokedError if the last check found that the right has ended."""
        if self.over or self.access.expires_at <= self.clock():
            raise Unauthenticated(
                "The access token has expired or the session has ended. Connect again with a new access token."
            )
        if self.cut:
            raise StreamRevokedError

    def end(self, *, cut: bool = False) -> None:
        """End the stream: now if it waits, else before its next message."""
        self.over, self.cut = self.over or not cut, self.cut or cut
        tell(self.events, GAP)


@dataclass
class Streams:
    """All streams of this process."""

    db: Database
    redis: Redis
    hub: Hub
    clock: Clock
    _open: set[Stream] = field(default_factory=set)

    @asynccontextmanager
    async def listen(
        self, access: Access, channel: str | None = None, conversation_id: int = 0
    ) -> AsyncIterator[Stream]:
        """Listen to a channel, from now on; without one, only to the end of the right to listen."""
        async with self.hub.subscribe(channel) if channel else nullcontext(unheard()) as events:
            stream = Stream(access, events, self.clock, conversation_id)
            self._open.add(stream)
            try:
                yield stream
            finally:
                self._open.discard(stream)

    async def publish(self, channel: str, message: str) -> None:
        """Send a hint to all listeners of a channel, in every process. While Valkey is away, they poll."""
        try:
            await self.hub.publish(channel, message)
        except (RedisError, OSError, TimeoutError) as error:
            logger.warning("who listens to %s was not told: %r", channel, error)

    @property
    def people(self) -> set[int]:
        """Return the users who listen."""
        return {stream.access.user_id for stream in self._open}

    async def watch(self) -> None:
        """Check streams and send presence heartbeats, until cancelled."""
        for turn in count():
            await asyncio.sleep(LOOK)
            try:
                await self.look()
                if not turn % 2 and not is_away(self.redis):
                    async with asyncio.timeout(LOOK / 2):
                        await presence.seen(self.redis, list(self.people))
            except Exception:
                logger.exception("streams could not be looked after")

    async def look(self) -> None:
        """End streams whose session or membership has ended, and wake those that have missed entries of the log."""
        now = self.clock()
        streams = [stream for stream in self._open if stream.access.expires_at > now]
        for stream in self._open.difference(streams):
            stream.end()
        for start in range(0, len(streams), _AT_ONCE):
            await self._look_at(streams[start : start + _AT_ONCE])

    async def _look_at(self, streams: Sequence[Stream]) -> None:
        live = await sessions.live(self.db, {stream.access.session_id for stream in streams})
        heard = {(stream.access.user_id, stream.conversation_id) for stream in streams if stream.conversation_id}
        rightful = await still_in(self.db, heard) if heard else set()
        reading = {stream.access.user_id for stream in streams if stream.position is not None}
        stands = await log.stands(self.db, reading) if reading else {}
        for stream in streams:
            user_id = stream.access.user_id
            if stream.access.session_id not in live:
                stream.end()
            elif stream.conversation_id and (user_id, stream.conversation_id) not in rightful:
                stream.end(cut=True)
            elif stream.position is not None and stands.get(user_id, 0) > stream.position:
                tell(stream.events, GAP)
