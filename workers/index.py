"""Updates of the search index: from events, and by comparison with the database."""

import asyncio
import logging
import time

from clients.search import INDEXES, Index, SearchAway, SearchEngine
from domain.events import INDEX, Event
from domain.outbox import EVENTS, INDEX_EVENTS
from domain.search.indexing import Indexer
from workers import kill_points
from workers.consumer import Consumer
from workers.loop import forever
from workers.parts import Parts

SWEEP_PAUSE_S = 0.5
TOLD_EVERY_S = 5.0

log = logging.getLogger(__name__)


async def run(parts: Parts) -> None:
    """Update the index until cancelled."""
    engine = SearchEngine(str(parts.settings.search_url))
    indexer = Indexer(parts.db, engine)

    async def apply(event: Event) -> Event | None:
        left = await indexer.apply(event)
        kill_points.reached("index committed")
        return left

    consumers = [
        Consumer(INDEX, parts.db, parts.redis, parts.waiting_redis, apply, stream) for stream in (EVENTS, INDEX_EVENTS)
    ]
    try:
        await asyncio.gather(
            *(forever("index", consumer.step, 0) for consumer in consumers),
            forever("index sweep", Sweep(indexer).step, SWEEP_PAUSE_S),
        )
    finally:
        for consumer in consumers:
            await consumer.close()
        await engine.close()


class Sweep:
    """Compares every index with PostgreSQL batch by batch, and builds the index if there is none."""

    def __init__(self, indexer: Indexer) -> None:
        self._indexer = indexer
        self._number = 0
        self._after = 0
        self._told = 0.0
        self._waits = False

    async def step(self) -> bool:
        """Compare one batch. Returns False, so that there is a pause."""
        try:
            if not await self._indexer.is_built():
                await self._indexer.rebuild(self._progress)
                log.info("the search index is built")
                kill_points.reached("index switched")
            self._after = await self._indexer.sweep(INDEXES[self._number], self._after)
        except SearchAway as away:
            if not self._waits:
                log.warning("the search index waits: %s", away)
            self._waits = True
            return False
        if self._waits:
            log.info("the search index goes on")
            self._waits = False
        if not self._after:
            self._number = (self._number + 1) % len(INDEXES)
        return False

    def _progress(self, index: Index, count: int) -> None:
        kill_points.reached("index half built")
        now = time.monotonic()
        if now >= self._told + TOLD_EVERY_S:
            self._told = now
            log.info("the search index is being built: %d %s so far", count, index)
