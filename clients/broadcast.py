"""Live channels over Redis pub/sub, with broadcaster's interface.

broadcaster's own Redis backend delivers nothing with redis-py 8 and dies with its connection. This one keeps one
connection for each server that it hears (one, or the nodes of a cluster), subscribes again after it was lost or the
channel has moved to another node, and says so: a `GAP` goes to every channel that may have missed something, so that
the listener reads the state again. redis-py reconnects without a word: what tells of it is a second confirmation of a
channel that was subscribed to once.
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
from clients.shards import Shards

log = logging.getLogger(__name__)

GAP = "gap"
QUEUE = 100
CONFIRMATION = 5.0


class _Ear:
    """A connection to one server, and the channels that are subscribed to over it."""

    def __init__(self, url: str) -> None:
        self.client = redis.connect(url, waits=True)
        self.pubsub: Any = self.client.pubsub()
        self.channels: set[str] = set()
        self.task: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        await self.pubsub.aclose()
        await self.client.aclose()


class RedisBackend(BroadcastBackend):
    """Subscribes to channels at the servers that `shards` names."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards
        self._confirmed: dict[str, asyncio.Event] = {}
        self._ears: dict[str, _Ear] = {}
        self._commanding = asyncio.Lock()
        self._events: asyncio.Queue[Event] = asyncio.Queue(maxsize=10_000)

    async def connect(self) -> None:
        await self._shards.open()

    async def disconnect(self) -> None:
        for ear in self._ears.values():
            await ear.close()

    async def subscribe(self, channel: str) -> None:
        # A caller that reads the state after this, and then listens, misses nothing in between.
        async with asyncio.timeout(CONFIRMATION):
            confirmed = self._confirmed.get(channel)
            if confirmed is None:
                confirmed = self._confirmed[channel] = asyncio.Event()
                async with self._commanding:
                    if self._confirmed.get(channel) is confirmed:
                        await self._hear_at(self._shards.server_of(channel), channel)
            await confirmed.wait()

    async def unsubscribe(self, channel: str) -> None:
        # At once: new subscribers must not rely on it. Those who subscribed meanwhile keep it.
        self._confirmed.pop(channel, None)
        async with self._commanding:
            for ear in self._ears.values():
                if channel in ear.channels and channel not in self._confirmed:
                    ear.channels.discard(channel)
                    await ear.pubsub.sunsubscribe(channel)

    async def publish(self, channel: str, message: Any) -> None:
        await self._shards.publish((channel, message))

    async def next_published(self) -> Event:
        return await self._events.get()

    async def _hear_at(self, url: str, channel: str) -> None:
        """Subscribe at a server. The caller has the lock, so that commands on a connection keep their order."""
        ear = self._ears.get(url)
        if ear is None:
            ear = self._ears[url] = _Ear(url)
            ear.task = asyncio.create_task(self._listen(ear), name="broadcast")
        # One at a time: a cluster does not accept channels of two slots together.
        await ear.pubsub.ssubscribe(channel)
        ear.channels.add(channel)

    async def _listen(self, ear: _Ear) -> None:
        task = asyncio.current_task()
        # redis-py 8.1 can swallow a cancellation that meets an answer, so it is looked for here.
        while task is None or not task.cancelling():
            try:
                if not ear.pubsub.subscribed:
                    await asyncio.sleep(0.05)
                    continue
                message = await ear.pubsub.get_message(timeout=1)
                if message:
                    await self._hear(ear, message["type"], message["channel"].decode(), message["data"])
            except Exception as error:
                log.warning("live channels: %r; connecting again", error)
                await self._recover(ear)

    async def _hear(self, ear: _Ear, kind: str, channel: str, data: Any) -> None:
        if kind == "smessage":
            await self._events.put(Event(channel, data.decode()))
        elif kind == "ssubscribe" and channel in self._confirmed:
            if self._confirmed[channel].is_set():
                await self._events.put(Event(channel, GAP))
            self._confirmed[channel].set()
        elif kind == "sunsubscribe" and channel in ear.channels:
            # Its slot has moved to another node.
            await self._recover(ear)

    async def _recover(self, ear: _Ear) -> None:
        """Subscribe to every channel of a server again, at its present node."""
        while True:
            await asyncio.sleep(0.2)
            try:
                async with self._commanding:
                    await self._shards.refresh()
                    wanted = ear.channels & self._confirmed.keys()
                    ear.channels = set()
                    await ear.pubsub.aclose()
                    ear.pubsub = ear.client.pubsub()
                    try:
                        for channel in wanted:
                            await self._hear_at(self._shards.server_of(channel), channel)
                    finally:
                        # Failed subscriptions are retried from here.
                        heard = set().union(*(each.channels for each in self._ears.values()))
                        ear.channels |= wanted - heard
            except (redis.RedisError, OSError, TimeoutError) as error:
                log.debug("live channels are still away: %r", error)
                continue
            return


class Hub(Broadcast):
    """broadcaster's Broadcast with bounded queues: a slow listener gets one `GAP` for all dropped messages."""

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
    """A subscriber of no channel, which gets only the messages of `tell`."""
    return Subscriber(asyncio.Queue(maxsize=QUEUE))


def tell(subscriber: Subscriber, message: str) -> None:
    """Deliver `message` to one subscriber, as if it had been published on the channel."""
    _put(subscriber._queue, Event("", message))


def _put(queue: asyncio.Queue[Event | None], event: Event) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        event = Event(event.channel, GAP)
    queue.put_nowait(event)


def connect(shards: Shards) -> Hub:
    """Return a Hub to be entered (`async with`) for the life of the process."""
    return Hub(backend=RedisBackend(shards))
