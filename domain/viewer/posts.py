"""Posts, as one viewer sees them."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial

import msgspec

from clients.redis import Pipeline
from domain import privacy
from domain.accounts.rows import User
from domain.feed import hydration
from domain.feed.hydration import Facts
from domain.posts import reads
from domain.posts.rows import Location, Post, View
from domain.statuses import PublicationStatus
from domain.viewer.noun import Noun, load_known
from kit.batching import Loader
from kit.paging import MAX_FIRST
from kit.selection import Asked

_VIEWED = {"likeCount", "commentCount", "viewerHasLiked", "viewerHasSaved"}


class Posts(Noun):
    """Posts and locations."""

    @cached_property
    def by_id(self) -> Loader[int, Post | None]:
        """None where the post does not exist, or the viewer cannot see it."""
        return Loader(self._visible)

    async def _visible(self, ids: Sequence[int]) -> list[Post | None]:
        found = await self._viewer.parts.posts.by_id(ids)
        authors = await load_known(self._viewer.users.by_id, [post.author_id if post else None for post in found])
        return privacy.visible_posts(found, authors)

    @cached_property
    def view(self) -> Loader[int, View]:
        """What the viewer has done to a post (liked, saved), and how many likes and comments are hidden from them."""
        return Loader(partial(reads.views, self._db, self._viewer.id))

    @cached_property
    def location(self) -> Loader[int, Location | None]:
        """Whether any post from there is visible to the viewer is not checked here."""
        return Loader(partial(reads.locations, self._db))

    async def hydrate(
        self, ids: Sequence[int], asked: Asked, beside: Callable[[Pipeline], None] | None = None
    ) -> list[Post | None]:
        """The posts that the viewer may see; None in the place of others. `beside` goes with the first round trip.

        The fields `asked` of them are loaded as well: one round trip for the rows, one for everything else.
        """
        rows = await self._viewer.parts.posts.by_id(ids, beside)
        found = [row for row in rows if row is not None]
        if not found:
            return rows
        comments = [each.get("first") for each in asked.get("comments", ()) if not each.get("after")]
        sizes = [first if isinstance(first, int) else 20 for first in comments]
        each = max((first for first in sizes if 0 < first <= MAX_FIRST), default=-2) + 2
        facts = await hydration.facts(
            self._db,
            self._viewer.id,
            found,
            views=not _VIEWED.isdisjoint(asked),
            mentions="mentions" in asked,
            comments_each=each,
        )
        rows = [_with_status(row, facts.statuses) for row in rows]
        people = dict(zip([user.id for user in facts.people], privacy.visible_people(facts.people), strict=True))
        shown = privacy.visible_posts(rows, [people.get(post.author_id) if post else None for post in rows])
        self._prime(facts, people, dict(zip(ids, shown, strict=True)), each)
        return shown

    def _prime(
        self, facts: Facts, people: Mapping[int, User | None], posts: Mapping[int, Post | None], each: int
    ) -> None:
        for id, user in people.items():
            self._viewer.users.by_id.prime(id, user)
        for id, post in posts.items():
            self.by_id.prime(id, post)
        for id, view in facts.views.items():
            self.view.prime(id, view)
        for id, comments in facts.talk.items():
            visible = privacy.visible_comments(
                comments, [posts[id]] * len(comments), [people.get(comment.author_id) for comment in comments]
            )
            self._viewer.comments.prime_first(id, each, comments, visible)


def _with_status(row: Post | None, statuses: Mapping[int, PublicationStatus]) -> Post | None:
    """The row with its status in the database; None where the post is deleted."""
    status = statuses.get(row.id) if row else None
    if row is None or status is None:
        return None
    return row if row.status == status else msgspec.structs.replace(row, status=status)
