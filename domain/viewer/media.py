"""Photos, videos and uploads, as one viewer sees them."""

from collections.abc import Sequence
from functools import cached_property, partial

from domain import privacy
from domain.media import reads
from domain.media.rows import Media as MediaRow
from domain.media.rows import Upload
from domain.messages import reads as messages
from domain.stories import reads as stories
from domain.viewer.noun import Noun, load_known
from kit.batching import Loader


class Media(Noun):
    """Photos, videos and uploads."""

    @cached_property
    def upload(self) -> Loader[int, Upload | None]:
        """None where the viewer has no upload with this ID."""
        return Loader(partial(reads.uploads, self._db, self._viewer.id))

    @cached_property
    def uploads_of_post(self) -> Loader[int, list[int]]:
        """The IDs of the uploads of a post, in the author's order."""
        return Loader(partial(reads.uploads_of_posts, self._db))

    @cached_property
    def by_id(self) -> Loader[int, MediaRow | None]:
        """None where the media does not exist, or the viewer cannot see it."""
        return Loader(self._visible)

    async def _visible(self, ids: Sequence[int]) -> list[MediaRow | None]:
        """By the post or story that shows it, by the upload for its owner, or by the message that contains it."""
        viewer = self._viewer
        posts = await load_known(viewer.posts.by_id, await reads.post_of(self._db, ids))
        shown = privacy.visible_media(ids, posts)
        own = await self.upload.load_many(ids)
        found = [row or (upload.media if upload else None) for row, upload in zip(shown, own, strict=True)]
        left = [id for id, row in zip(ids, found, strict=True) if row is None]
        if not left:
            return found
        in_stories = await load_known(viewer.stories.by_id, await stories.story_of(self._db, left))
        in_messages = await load_known(
            viewer.conversations.message, await messages.messages_of_pictures(self._db, left)
        )
        sent = await load_known(
            self.sent, [id if message else None for id, message in zip(left, in_messages, strict=True)]
        )
        by_id = {id: story.media if story else media for id, story, media in zip(left, in_stories, sent, strict=True)}
        return [row or by_id.get(id) for id, row in zip(ids, found, strict=True)]

    @cached_property
    def sent(self) -> Loader[int, MediaRow | None]:
        """The photo of a message. That the viewer may read the message is not checked here."""
        return Loader(partial(reads.media, self._db))
