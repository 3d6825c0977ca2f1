"""Hashtags, as one viewer sees them."""

from functools import cached_property, partial

from domain.hashtags import reads
from domain.hashtags.rows import Hashtag
from domain.viewer.noun import Noun
from kit.batching import Loader


class Hashtags(Noun):
    """Hashtags."""

    @cached_property
    def by_id(self) -> Loader[int, Hashtag | None]:
        """Whether any post with it is visible to the viewer is not checked here."""
        return Loader(partial(reads.hashtags, self._db))

    @cached_property
    def hidden_posts(self) -> Loader[int, int]:
        """How many posts with a hashtag are hidden from the viewer."""
        return Loader(partial(reads.hidden_posts, self._db, self._viewer.id))
