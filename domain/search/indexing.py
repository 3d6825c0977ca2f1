"""Keeping the search index in step with PostgreSQL.

Events only say what to look at: documents are made of what PostgreSQL says when they are written, by one task after
another. So events may be late, repeated or out of order. What is written without an event (counts), and what was lost,
a sweep finds: it compares the digests of the index with the rows, again and again. A change and a rebuild do not
overtake each other within a process. Between two processes they may, for as long as the sweep takes: run one.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from clients.postgres import Database
from clients.search import INDEXES, Change, Index, SearchEngine
from domain.events import Event, PersonChanged, PostDeleted, PostEdited, PostPublished, Recorded
from domain.search import documents
from domain.search.documents import VERSION

BATCH = 500
SWEPT_AT_ONCE = 100
BATCHES: Mapping[Index, int] = {"places": 100}
"""Of places whose posts are counted, fewer at once than REBUILD_BATCH."""
REBUILD_BATCH = 1_000
POSTS_BATCH_SIZE = 500
LAST_ID = 2**63 - 1

EFFECTS: dict[type[Recorded], str] = {
    PersonChanged: "writes the account, its posts, and their hashtags and locations",
    PostPublished: "writes the post, and its hashtags and location",
    PostDeleted: "removes the post, and writes its hashtags and location",
    PostEdited: "writes the post, and its hashtags and location",
}
"""What `Indexer.apply` does with an event, for docs/events.md."""


class Indexer:
    """Writes documents to `engine`. Every method raises SearchAway and what PostgreSQL raises."""

    def __init__(self, db: Database, engine: SearchEngine) -> None:
        self._db = db
        self._engine = engine
        self._lock = asyncio.Lock()
        self._wanted: dict[tuple[Index, int], None] = {}
        self._batch: asyncio.Task[None] | None = None

    async def apply(self, event: Event) -> Event | None:
        """Bring what an event tells of up to date. Returns what is left to do of it."""
        match event:
            case PersonChanged(user_id, after):
                found = await documents.posts_of(self._db, user_id, after, POSTS_BATCH_SIZE)
                things = await documents.things_of_posts(self._db, found)
                await self.update({**things, "people": [user_id], "posts": found})
                return PersonChanged(user_id, found[-1]) if len(found) == POSTS_BATCH_SIZE else None
            case PostPublished(post_id) | PostDeleted(post_id) | PostEdited(post_id):
                await self.update({**await documents.things_of_posts(self._db, [post_id]), "posts": [post_id]})
        return None

    async def update(self, wanted: dict[Index, list[int]]) -> None:
        """Write these documents as they are now. Calls that come together share one commit."""
        self._wanted |= {(index, id): None for index, found in wanted.items() for id in found}
        if self._batch is None or self._batch.done():
            self._batch = asyncio.create_task(self._flush(), name="index batch")
        await asyncio.shield(self._batch)

    async def _flush(self) -> None:
        while self._wanted:
            async with self._lock:
                keys = list(self._wanted)[:BATCH]
                for key in keys:
                    del self._wanted[key]
                try:
                    changes = [
                        await self._change(index, [id for each, id in keys if each == index])
                        for index in {index for index, _ in keys}
                    ]
                    await self._engine.apply(changes)
                except BaseException:
                    self._wanted |= dict.fromkeys(keys)
                    raise

    async def _change(self, index: Index, ids: Sequence[int]) -> Change:
        found = await documents.documents(self._db, index, ids)
        there = {document.id for document in found}
        return Change(index, tuple(found), tuple(id for id in ids if id not in there))

    async def sweep(self, index: Index, after: int) -> int:
        """Compare the index with the next rows, and mend it. Returns where to go on, 0 after the last."""
        async with self._lock:
            ids = await documents.ids_after(self._db, index, after, SWEPT_AT_ONCE)
            until = ids[-1] if len(ids) == SWEPT_AT_ONCE else LAST_ID
            indexed = await self._engine.digests(index, after, until)
            right = await documents.documents(self._db, index, ids)
            wrong = tuple(document for document in right if indexed.get(document.id) != document.digest)
            gone = tuple(indexed.keys() - {document.id for document in right})
            if wrong or gone:
                await self._engine.apply([Change(index, wrong, gone)])
        return until if len(ids) == SWEPT_AT_ONCE else 0

    async def is_built(self) -> bool:
        """Whether the engine reads an index that this version has built."""
        return (await self._engine.state()).version == VERSION

    async def rebuild(self, tell: Callable[[Index, int], object] = lambda index, count: None) -> None:
        """Write everything into an index of its own, which then takes the place of the one that is read.

        `tell` is called after each batch with the index and the number of its documents so far.
        """
        await self._engine.begin(VERSION)
        for index in INDEXES:
            after = count = 0
            while True:
                async with self._lock:
                    ids = await documents.ids_after(self._db, index, after, BATCHES.get(index, REBUILD_BATCH))
                    if not ids:
                        break
                    found = await documents.documents(self._db, index, ids)
                    await self._engine.apply([Change(index, tuple(found), ())])
                after, count = ids[-1], count + len(found)
                tell(index, count)
        async with self._lock:
            await self._engine.switch()
