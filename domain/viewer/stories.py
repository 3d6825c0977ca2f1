"""Stories, reels and highlights, as one viewer sees them."""

import asyncio
from collections.abc import Sequence
from functools import cached_property

from domain import privacy
from domain.stories import reads
from domain.stories.rows import Highlight, Reel, Story
from domain.viewer.noun import Noun, load_known
from kit.batching import Loader


class Stories(Noun):
    """Stories, reels and highlights."""

    @cached_property
    def by_id(self) -> Loader[int, Story | None]:
        """None where the story does not exist, or the viewer cannot see it."""
        return Loader(self._visible)

    async def _visible(self, ids: Sequence[int]) -> list[Story | None]:
        rows = await reads.stories(self._db, self._viewer.id, ids)
        authors = await load_known(self._viewer.users.by_id, [row.author_id if row else None for row in rows])
        return privacy.visible_stories(rows, authors, self._viewer.now)

    @cached_property
    def reel(self) -> Loader[int, Reel | None]:
        """The live stories of a user; None where the viewer can see none."""
        return Loader(self._reels)

    async def _reels(self, ids: Sequence[int]) -> list[Reel | None]:
        now = self._viewer.now
        live, authors = await asyncio.gather(
            reads.live(self._db, self._viewer.id, ids, now), load_known(self._viewer.users.by_id, ids)
        )
        reels: list[Reel | None] = []
        for id, rows, author in zip(ids, live, authors, strict=True):
            shown = tuple(filter(None, privacy.visible_stories(rows, [author] * len(rows), now)))
            for story in shown:
                self.by_id.prime(story.id, story)
            reels.append(Reel(id, shown) if shown else None)
        return reels

    @cached_property
    def highlight(self) -> Loader[int, Highlight | None]:
        """None where the highlight does not exist, or contains no story that the viewer can see."""
        return Loader(self._highlights)

    async def _highlights(self, ids: Sequence[int]) -> list[Highlight | None]:
        rows = await reads.highlights(self._db, ids)
        owners = await load_known(self._viewer.users.by_id, [row.user_id if row else None for row in rows])
        return privacy.visible_highlights(rows, owners)
