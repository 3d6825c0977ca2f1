"""Pictures and videos."""

from collections.abc import Sequence

from domain.accounts.rows import User
from domain.media.rows import Media, Tag, Variant, Video, smallest_at_least
from domain.viewer.noun import load_known
from resolvers.context import Context


class UserTag:
    """Somebody in a picture, and where."""

    def __init__(self, user: User, tag: Tag) -> None:
        self.user = user
        self.x = tag.x
        self.y = tag.y


async def user_tags(context: Context, media: Sequence[Media]) -> list[list[UserTag]]:
    """For each of them, who is in it of those the viewer may know of."""
    wanted = [tag.user_id for each in media for tag in each.tags]
    users = dict(zip(wanted, await load_known(context.viewer.users.by_id, wanted), strict=True))
    return [[UserTag(user, tag) for tag in each.tags if (user := users[tag.user_id])] for each in media]


def image(context: Context, media: Media, width: int, format: str) -> Variant:
    """The rendition of the picture that fills `width` pixels."""
    return smallest_at_least(media, width, format)


def variant_url(context: Context, variant: Variant) -> str:
    """Where the rendition is, on the host of the settings."""
    return context.services.urls.of(variant.key, context.now)


def hls_url(context: Context, video: Video) -> str:
    """Where the master playlist of the video is."""
    return context.services.urls.of(video.hls, context.now)
