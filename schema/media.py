"""Photos and videos that are ready to be displayed."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.media import rows
from resolvers import media
from schema import bounds
from schema.fields import argument, at_most, attribute, batched, derived
from schema.nodes import Node, node
from schema.scalars import URL

if TYPE_CHECKING:
    from schema.users import User


@strawberry.enum(
    description="Size of an image rendition. The longer side fits the given length; images are never enlarged."
)
class ImageVariantName(Enum):
    LARGE = strawberry.enum_value("LARGE", description="Longer side at most 1080 pixels.")
    MEDIUM = strawberry.enum_value("MEDIUM", description="Longer side at most 640 pixels.")
    SMALL = strawberry.enum_value("SMALL", description="Longer side at most 320 pixels.")
    THUMBNAIL = strawberry.enum_value("THUMBNAIL", description="Longer side at most 150 pixels.")


@strawberry.enum(description="Encoding of an image.")
class ImageFormat(Enum):
    JPEG = strawberry.enum_value("JPEG", description="JPEG. Every client can display it.")
    WEBP = strawberry.enum_value("WEBP", description="WebP. Smaller than JPEG at the same quality.")


@strawberry.enum(description="Color filter applied to a photo.")
class PhotoFilter(Enum):
    NORMAL = strawberry.enum_value("NORMAL", description="No filter.")
    CLARENDON = strawberry.enum_value("CLARENDON", description="Deeper shadows and brighter highlights.")
    GINGHAM = strawberry.enum_value("GINGHAM", description="Soft and washed out.")
    JUNO = strawberry.enum_value("JUNO", description="Warm, with vivid colors.")
    LARK = strawberry.enum_value("LARK", description="Bright and slightly cool.")
    MOON = strawberry.enum_value("MOON", description="Black and white.")
    RISE = strawberry.enum_value("RISE", description="A warm glow.")
    VALENCIA = strawberry.enum_value("VALENCIA", description="Faded and warm.")


@strawberry.type(description="A stored rendition of an image, in one size and encoding.")
class ImageVariant:
    name: ImageVariantName = attribute("Size of the rendition.")
    format: ImageFormat = attribute("Encoding of the rendition.")
    width: int = attribute("Width in pixels.")
    height: int = attribute("Height in pixels.")
    byte_size: int = attribute("File size in bytes.")
    url: URL = derived(
        media.variant_url,
        "URL of the file on the CDN host. The file at a URL never changes, so clients can cache it "
        "permanently. If the server signs media URLs, a URL expires; query it again for a new one.",
    )


_IMAGE = {
    "width": argument(int, "Width of the display area, in physical pixels."),
    "format": argument(ImageFormat | None, "Encoding of the rendition. Default: JPEG.", ImageFormat.JPEG),
}


@strawberry.type(description="A user tagged in a photo or video, with the position of the tag.")
class UserTag:
    user: Annotated["User", strawberry.lazy("schema.users")] = attribute("The tagged user.")
    x: float = attribute("Horizontal position of the tag, from 0 (left edge) to 1 (right edge).")
    y: float = attribute("Vertical position of the tag, from 0 (top edge) to 1 (bottom edge).")


@strawberry.interface(description="A processed photo or video, ready to be displayed.")
class Media(Node):
    width: int = attribute("Width in pixels, after the orientation from the metadata has been applied.")
    height: int = attribute("Height in pixels, after the orientation from the metadata has been applied.")
    blurhash: str = attribute(
        "BlurHash placeholder, to display until the image has loaded.", max_bytes=bounds.BLURHASH_BYTES
    )
    alt_text: str | None = attribute(
        "Description of the content by its author, for people who cannot see it. At most 1,000 characters. "
        "Null when there is none.",
        max_bytes=bounds.ALT_TEXT_BYTES,
    )
    user_tags: list[UserTag] = batched(
        media.user_tags,
        "Users tagged in the photo or video. Users that the viewer may not see are excluded.",
        at_most(bounds.USER_TAGS),
    )
    variants: list[ImageVariant] = attribute(
        "All stored image renditions, largest first. For a video: renditions of its poster image.",
        at_most=bounds.VARIANTS,
    )
    image: ImageVariant = derived(
        media.image,
        "The smallest rendition in `format` that is at least `width` pixels wide. If none is wide enough: "
        "the largest in `format`.",
        **_IMAGE,
    )


@node(rows.Photo, "A photo.")
class Photo(Media):
    pass


@node(rows.Video, "A video. Its image renditions show its poster image.")
class Video(Media):
    duration_ms: int = attribute("Duration in milliseconds.")
    has_audio: bool = attribute("Whether the video has an audio track.")
    hls_url: URL = derived(
        media.hls_url,
        "URL of the HLS master playlist, with adaptive bitrates. While `Upload.progress` is below 1, the "
        "playlist contains only the first rendition. The URL changes once, when all renditions are ready.",
    )
