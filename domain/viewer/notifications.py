"""Notifications, as one viewer sees them."""

import asyncio
from collections.abc import Sequence
from functools import cached_property, partial

from domain.notifications import reads, summary_text
from domain.notifications.rows import OWN, Notification
from domain.viewer.noun import Noun, load_known
from kit.batching import Loader


class Notifications(Noun):
    """Notifications."""

    @cached_property
    def by_id(self) -> Loader[int, Notification | None]:
        """None where the viewer has no notification with this ID, or can see none of its actors."""
        return Loader(self._visible)

    async def _visible(self, ids: Sequence[int]) -> list[Notification | None]:
        users = self._viewer.users.by_id
        rows, [viewer] = await asyncio.gather(
            reads.notifications(self._db, self._viewer.id, ids), load_known(users, [self._viewer.id])
        )
        actors = [id for row in rows if row for id in row.actors]
        heard = {user.id for user in summary_text.heard(await load_known(users, actors))}
        return [row if row and viewer and (row.kind in OWN or heard.intersection(row.actors)) else None for row in rows]

    @cached_property
    def hidden_actors(self) -> Loader[int, int]:
        """How many actors of a notification the viewer cannot see, or has muted."""
        return Loader(partial(reads.unheard, self._db, self._viewer.id))
