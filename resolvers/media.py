"""Pictures."""

from collections.abc import Sequence

from domain.accounts.rows import User
from domain.media.rows import Photo, Tag, Variant, smallest_at_least
from resolvers.context import Context
from resolvers.loaders import load_known


class UserTag:
    """Somebody in a picture, and where."""

    def __init__(self, user: User, tag: Tag) -> None:
        self.user = user
        self.x = tag.x
        self.y = tag.y


async def user_tags(context: Context, photos: Sequence[Photo]) -> list[list[UserTag]]:
    """For each picture, who is in it of those the viewer may know of."""
    wanted = [tag.user_id for photo in photos for tag in photo.tags]
    users = dict(zip(wanted, await load_known(context.loaders.user_by_id, wanted), strict=True))
    return [[UserTag(user, tag) for tag in photo.tags if (user := users[tag.user_id])] for photo in photos]


def image(context: Context, photo: Photo, width: int, format: str) -> Variant:
    """The rendition of the photo that fills `width` pixels."""
    return smallest_at_least(photo, width, format)


def variant_url(context: Context, variant: Variant) -> str:
    """Where the rendition is, on the host of the settings."""
    return f"{context.services.media_url}/{variant.key}"
