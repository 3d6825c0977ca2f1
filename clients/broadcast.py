"""Live channels over Redis pub/sub, behind broadcaster's interface.

broadcaster's own Redis backend delivers nothing with redis-py 8 and dies with its connection. This one keeps one
connection, subscribes again after it was lost, and says so: a `GAP` goes to every channel that may have missed
something, so that whoever listens reads the truth anew. redis-py reconnects without a word: what tells of it is a
second confirmation of a channel that was subscribed to once.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from broadcaster import Broadcast, Event
from broadcaster._backends.base import BroadcastBackend
from broadcaster._base import Subscriber

from clients import redis

log = logging.getLogger(__name__)

GAP = "gap"
QUEUE = 100
CONFIRMATION = 5.0


class RedisBackend(BroadcastBackend):
    """Publishes with `commands`, listens on a connection of `listener` (a client made with `waits=True`)."""

    def __init__(self, commands: redis.Redis, listener: redis.Redis) -> None:
        self._commands = commands
        self._listener = listener
        self._confirmed: dict[str, asyncio.Event] = {}
        self._commanding = asyncio.Lock()
        self._events: asyncio.Queue[Event] = asyncio.Queue(maxsize=10_000)
        self._pubsub: Any = None
        self._task: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self._pubsub = self._listener.pubsub()
        self._task = asyncio.create_task(self._listen(), name="broadcast")

    async def disconnect(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._pubsub.aclose()

    async def subscribe(self, channel: str) -> None:
        # Whoever reads the truth after this, and then listens, misses nothing in between.
        async with asyncio.timeout(CONFIRMATION):
            confirmed = self._confirmed.get(channel)
            if confirmed is None:
                confirmed = self._confirmed[channel] = asyncio.Event()
                async with self._commanding:
                    if self._confirmed.get(channel) is confirmed:
                        await self._pubsub.subscribe(channel)
            await confirmed.wait()

    async def unsubscribe(self, channel: str) -> None:
        # At once: who subscribes from now on must not rely on it. Whoever did meanwhile, keeps it.
        self._confirmed.pop(channel, None)
        async with self._commanding:
            if channel not in self._confirmed:
                await self._pubsub.unsubscribe(channel)

    async def publish(self, channel: str, message: Any) -> None:
        await self._commands.publish(channel, message)

    async def next_published(self) -> Event:
        return await self._events.get()

    async def _listen(self) -> None:
        task = asyncio.current_task()
        # redis-py 8.1 can swallow a cancellation that meets an answer, so it is looked for here.
        while task is None or not task.cancelling():
            try:
                if not self._pubsub.subscribed:
                    await asyncio.sleep(0.05)
                    continue
                message = await self._pubsub.get_message(timeout=1)
                if message:
                    await self._hear(message["type"], message["channel"].decode(), message["data"])
            except Exception as error:
                log.warning("live channels: %r; connecting again", error)
                await self._recover()

    async def _hear(self, kind: str, channel: str, data: Any) -> None:
        if kind == "message":
            await self._events.put(Event(channel, data.decode()))
        elif kind == "subscribe" and channel in self._confirmed:
            if self._confirmed[channel].is_set():
                await self._events.put(Event(channel, GAP))
            self._confirmed[channel].set()

    async def _recover(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            try:
                async with self._commanding:
                    await self._pubsub.aclose()
                    self._pubsub = self._listener.pubsub()
                    if self._confirmed:
                        await self._pubsub.subscribe(*self._confirmed)
            except (redis.RedisError, OSError):
                continue
            return


class Hub(Broadcast):
    """broadcaster's Broadcast with bounded queues: whoever does not keep up gets one `GAP` for all that was dropped."""

    _subscribers: dict[str, set[asyncio.Queue[Event | None]]]

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncIterator[Subscriber]:
        queue: asyncio.Queue[Event | None] = asyncio.Queue(maxsize=QUEUE)
        others = self._subscribers.setdefault(channel, set())
        others.add(queue)
        try:
            await self._backend.subscribe(channel)
            yield Subscriber(queue)
        finally:
            others.discard(queue)
            if not others and self._subscribers.get(channel) is others:
                del self._subscribers[channel]
                await self._backend.unsubscribe(channel)

    async def _listener(self) -> None:
        while True:
            event = await self._backend.next_published()
            for queue in self._subscribers.get(event.channel, ()):
                _put(queue, event)


def unheard() -> Subscriber:
    """A subscriber of no channel, who hears what they are told by `tell`."""
    return Subscriber(asyncio.Queue(maxsize=QUEUE))


def tell(subscriber: Subscriber, message: str) -> None:
    """Have one subscriber of a channel hear `message`, as if it had been published there."""
    _put(subscriber._queue, Event("", message))


def _put(queue: asyncio.Queue[Event | None], event: Event) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        event = Event(event.channel, GAP)
    queue.put_nowait(event)


def connect(commands: redis.Redis, listener: redis.Redis) -> Hub:
    """A Hub to be entered (`async with`) for the life of the process."""
    return Hub(backend=RedisBackend(commands, listener))
