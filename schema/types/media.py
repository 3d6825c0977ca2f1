from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.media import rows
from resolvers import media
from schema import bounds
from schema.fields import argument, at_most, attribute, batched, derived
from schema.scalars import URL
from schema.types.node import Node, node

if TYPE_CHECKING:
    from schema.types.user import User


@strawberry.enum(description="The longer side fits 1080, 640, 320 or 150 pixels; never enlarged.")
class ImageVariantName(Enum):
    LARGE = strawberry.enum_value("LARGE", description="At most 1080 pixels.")
    MEDIUM = strawberry.enum_value("MEDIUM", description="At most 640 pixels.")
    SMALL = strawberry.enum_value("SMALL", description="At most 320 pixels.")
    THUMBNAIL = strawberry.enum_value("THUMBNAIL", description="At most 150 pixels.")


@strawberry.enum(description="How a picture is encoded.")
class ImageFormat(Enum):
    JPEG = strawberry.enum_value("JPEG", description="Shown everywhere.")
    WEBP = strawberry.enum_value("WEBP", description="Smaller.")


@strawberry.enum(description="What a photo is shown through.")
class PhotoFilter(Enum):
    NORMAL = strawberry.enum_value("NORMAL", description="As it is.")
    CLARENDON = strawberry.enum_value("CLARENDON", description="Deeper shadows, brighter lights.")
    GINGHAM = strawberry.enum_value("GINGHAM", description="Soft and washed out.")
    JUNO = strawberry.enum_value("JUNO", description="Warm, with lively colours.")
    LARK = strawberry.enum_value("LARK", description="Bright and a little cool.")
    MOON = strawberry.enum_value("MOON", description="Black and white.")
    RISE = strawberry.enum_value("RISE", description="A warm glow.")
    VALENCIA = strawberry.enum_value("VALENCIA", description="Faded and warm.")


@strawberry.type(description="A stored rendition of a picture.")
class ImageVariant:
    name: ImageVariantName = attribute("Which of the sizes.")
    format: ImageFormat = attribute("Its encoding.")
    width: int = attribute("Pixels.")
    height: int = attribute("Pixels.")
    byte_size: int = attribute("Bytes.")
    url: URL = derived(media.variant_url, "Content-addressed, on the CDN host: may be cached for ever.")


_IMAGE = {
    "width": argument(int, "Pixels on the screen it is to fill."),
    "format": argument(ImageFormat | None, "Its encoding.", ImageFormat.JPEG),
}


@strawberry.type(description="Somebody in a picture.")
class UserTag:
    user: Annotated["User", strawberry.lazy("schema.types.user")] = attribute("Who.")
    x: float = attribute("0..1 from the left.")
    y: float = attribute("0..1 from the top.")


@strawberry.interface(description="A picture or a video that is ready to be shown.")
class Media(Node):
    width: int = attribute("Pixels, after orientation has been applied.")
    height: int = attribute("Pixels, after orientation has been applied.")
    blurhash: str = attribute("BlurHash to paint before the picture arrives.", max_bytes=bounds.BLURHASH_BYTES)
    alt_text: str | None = attribute("Its author's words for those who cannot see it.", max_bytes=bounds.ALT_TEXT_BYTES)
    user_tags: list[UserTag] = batched(
        media.user_tags, "Who is in it, of those who exist and may be shown.", at_most(bounds.USER_TAGS)
    )
    variants: list[ImageVariant] = attribute(
        "Every stored rendition, largest first. For a video: of its poster.", at_most=bounds.VARIANTS
    )
    image: ImageVariant = derived(media.image, "The smallest rendition at least this wide, else the largest.", **_IMAGE)


@node(rows.Photo, "A photo.")
class Photo(Media):
    pass


@node(rows.Video, "A video; its variants are of its poster.")
class Video(Media):
    duration_ms: int = attribute("Milliseconds.")
    has_audio: bool = attribute("Whether there is sound.")
    hls_url: URL = derived(
        media.hls_url,
        "HLS master playlist with an adaptive ladder. While `Upload.progress` is below 1 it names the first rendition "
        "alone; it changes once, when the others are there.",
    )
