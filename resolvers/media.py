"""Resolvers of photos and videos."""

from collections.abc import Sequence

from domain.accounts.rows import User
from domain.media.rows import Media, Tag, Variant, Video, smallest_at_least
from domain.viewer.noun import load_known
from resolvers.context import Context


class UserTag:
    """A user who is tagged in a photo, and the place."""

    def __init__(self, user: User, tag: Tag) -> None:
        self.user = user
        self.x = tag.x
        self.y = tag.y


async def user_tags(context: Context, media: Sequence[Media]) -> list[list[UserTag]]:
    """The tags of each photo or video, without users whom the viewer may not see."""
    wanted = [tag.user_id for each in media for tag in each.tags]
    users = dict(zip(wanted, await load_known(context.viewer.users.by_id, wanted), strict=True))
    return [[UserTag(user, tag) for tag in each.tags if (user := users[tag.user_id])] for each in media]


def image(context: Context, media: Media, width: int, format: str) -> Variant:
    """The smallest rendition that is at least `width` pixels wide."""
    return smallest_at_least(media, width, format)


def variant_url(context: Context, variant: Variant) -> str:
    """The URL of a rendition."""
    return context.services.urls.of(variant.key, context.now)


def hls_url(context: Context, video: Video) -> str:
    """The URL of the HLS master playlist of a video."""
    return context.services.urls.of(video.hls, context.now)
