"""The dataloaders of one operation, named after key and value. What they give is what the viewer may see."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property, partial
from typing import Any

from clients.postgres import Database
from clients.redis import Redis
from domain import privacy
from domain.accounts import reads as accounts
from domain.accounts.rows import User
from domain.graph import reads as graph
from domain.graph.reads import Relation
from domain.media import reads as media
from domain.media.rows import Photo, Upload
from domain.posts import reads as posts
from domain.posts.rows import Post
from kit.batching import Loader


class Loaders:
    """Each is made when first used."""

    def __init__(self, db: Database, redis: Redis, viewer_id: int) -> None:
        self._db = db
        self._redis = redis
        self._viewer_id = viewer_id
        self._fields: dict[object, Loader[Any, Any]] = {}

    @cached_property
    def user_by_id(self) -> Loader[int, User | None]:
        """None where there is nobody."""
        return Loader(partial(accounts.users, self._db))

    @cached_property
    def user_id_by_name(self) -> Loader[str, int]:
        """0 where there is nobody."""
        return Loader(partial(accounts.user_ids, self._db))

    @cached_property
    def email_by_user(self) -> Loader[int, str | None]:
        """For the person's own eyes."""
        return Loader(partial(accounts.emails, self._db))

    @cached_property
    def relation_by_user(self) -> Loader[int, Relation]:
        """How the viewer stands to them."""
        return Loader(partial(graph.relations, self._db, self._viewer_id))

    @cached_property
    def post_by_id(self) -> Loader[int, Post | None]:
        """None where there is none that the viewer may see."""
        return Loader(partial(posts.posts, self._db, self._redis, self._viewer_id))

    @cached_property
    def upload_by_id(self) -> Loader[int, Upload | None]:
        """None where there is none of the viewer's."""
        return Loader(partial(media.uploads, self._db, self._viewer_id))

    @cached_property
    def uploads_by_post(self) -> Loader[int, list[int]]:
        """In the author's order."""
        return Loader(partial(media.uploads_of_posts, self._db))

    @cached_property
    def photo_by_id(self) -> Loader[int, Photo | None]:
        """None where there is none that the viewer may see."""
        return Loader(self._photos)

    async def _photos(self, ids: Sequence[int]) -> list[Photo | None]:
        """By the post that shows it, or by the upload for its owner."""
        shown_in = await media.post_of(self._db, ids)
        shown = privacy.visible_photos(ids, await self.post_by_id.load_many(shown_in))
        own = await self.upload_by_id.load_many(ids)
        return [photo or (upload.media if upload else None) for photo, upload in zip(shown, own, strict=True)]

    def by_field(self, key: object, batch: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]) -> Loader[Any, Any]:
        """The loader of a batched field with the arguments that `key` holds; `batch` answers for many parents."""
        if key not in self._fields:
            self._fields[key] = Loader(batch, cache=False)
        return self._fields[key]
