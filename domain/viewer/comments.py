"""Comments, as one viewer sees them."""

import asyncio
from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from domain import privacy
from domain.comments import reads
from domain.comments.rows import Comment
from domain.posts.rows import View
from domain.viewer.noun import Noun, load_known
from kit.batching import Loader
from kit.paging import Found, Request

if TYPE_CHECKING:
    from domain.viewer.viewer import Viewer


class Comments(Noun):
    """Comments."""

    def __init__(self, viewer: "Viewer") -> None:
        super().__init__(viewer)
        self._first: dict[int, tuple[int, list[int]]] = {}
        """By post: (how many comments were asked for, the IDs of its newest comments)."""

    @cached_property
    def by_id(self) -> Loader[int, Comment | None]:
        """None where the comment does not exist, or the viewer cannot see it."""
        return Loader(self._visible)

    async def _visible(self, ids: Sequence[int]) -> list[Comment | None]:
        """A reply depends on its parent, which may be in the same batch: so parents are not asked of this loader."""
        rows = {row.id: row for row in await reads.comments(self._db, ids) if row}
        parents = {row.parent_id for row in rows.values() if row.parent_id} - set(rows)
        if parents:
            rows |= {row.id: row for row in await reads.comments(self._db, list(parents)) if row}
        found = list(rows.values())
        posts, authors = await asyncio.gather(
            load_known(self._viewer.posts.by_id, [comment.post_id for comment in found]),
            load_known(self._viewer.users.by_id, [comment.author_id for comment in found]),
        )
        visible = {comment.id: comment for comment in privacy.visible_comments(found, posts, authors) if comment}
        return [visible.get(id) for id in ids]

    async def pages_of_posts(self, post_ids: Sequence[int], request: Request) -> list[Found]:
        """For each post: the newest top-level comments after the cursor, and whether there are more."""
        if request.after is None and all(self._first.get(id, (0,))[0] > request.first for id in post_ids):
            return request.split(post_ids, [((id, (each,), each)) for id in post_ids for each in self._first[id][1]])
        return await reads.pages_of_posts(self._db, post_ids, request)

    def prime_first(
        self, post_id: int, limit: int, comments: Sequence[Comment], visible: Sequence[Comment | None]
    ) -> None:
        """Know the newest comments of a post, at most `limit`; `visible` holds None for those the viewer cannot see."""
        self._first[post_id] = limit, [comment.id for comment in comments]
        for comment, shown in zip(comments, visible, strict=True):
            self.by_id.prime(comment.id, shown)

    @cached_property
    def view(self) -> Loader[int, View]:
        """Whether the viewer likes a comment, and how many likes and replies are hidden from them."""
        return Loader(partial(reads.views, self._db, self._viewer.id))
