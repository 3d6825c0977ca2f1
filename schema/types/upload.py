from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from domain.media import formats, rows
from kit.execution import instances_of
from resolvers import uploads
from schema import bounds
from schema.fields import argument, at_most, attribute, batched, derived, weighing
from schema.scalars import URL, Long
from schema.types.errors import UserError
from schema.types.media import Media
from schema.types.node import Node, node

SIGNATURE_POINTS = 2
"""What signing a URL costs, beside the value itself."""


@strawberry.enum(description="What a file holds.")
class MediaKind(Enum):
    PHOTO = strawberry.enum_value("PHOTO", description="A picture. A GIF that moves becomes a video.")
    VIDEO = strawberry.enum_value("VIDEO", description="A video.")


@strawberry.enum(description="How far an upload has come.")
class UploadStatus(Enum):
    AWAITING_BYTES = strawberry.enum_value("AWAITING_BYTES", description="Send the file to `target`.")
    PROCESSING = strawberry.enum_value("PROCESSING", description="The file has arrived and is being looked at.")
    IN_REVIEW = strawberry.enum_value("IN_REVIEW", description="Somebody has to look at it before it is shown.")
    READY = strawberry.enum_value("READY", description="`media` is set.")
    REJECTED = strawberry.enum_value("REJECTED", description="`rejection` says why.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="The file did not come in time.")


@strawberry.type(description="A header of a request.")
class HttpHeader:
    name: str = attribute("Its name, in lower case.", max_bytes=bounds.HEADER_NAME_BYTES)
    value: str = attribute("Its value.", max_bytes=bounds.HEADER_VALUE_BYTES)


@strawberry.type(description="One PUT of the whole file with exactly these headers.")
class SingleUploadTarget:
    url: URL = attribute("Where to; good until the upload expires.")
    headers: list[HttpHeader] = attribute(
        "Besides Content-Length, which HTTP clients send by themselves.", at_most=bounds.HEADERS
    )
    is_type_of = instances_of(uploads.Single)


@strawberry.type(description="A part, and where to PUT it.")
class UploadPart:
    number: int = attribute("From 1.")
    byte_size: int = attribute("Bytes: exactly so many.")
    url: URL = derived(uploads.part_url, "Good for an hour, and no longer than the upload.", weighing(SIGNATURE_POINTS))


@strawberry.type(description="A part that storage holds.")
class StoredPart:
    number: int = attribute("From 1.")
    byte_size: int = attribute("Bytes.")
    etag: str = attribute("As the PUT of it was answered.", max_bytes=bounds.ETAG_BYTES)


@strawberry.type(
    description="A PUT per part, in any order and in parallel, then completeUpload with each part's ETag. After a "
    "crash: read `storedParts`, and send the others."
)
class MultipartUploadTarget:
    part_size: int = attribute("Bytes of each part but the last.")
    part_count: int = attribute("How many there are.")
    parts: list[UploadPart] = derived(
        uploads.parts,
        "Where to send them. Read again, they are signed anew.",
        at_most(bounds.PARTS_BY_NUMBER),
        numbers=argument(list[int] | None, "Which; all where left out.", strawberry.UNSET),
    )
    stored_parts: list[StoredPart] | None = batched(
        uploads.stored_parts, "What storage holds by now.", at_most(bounds.PARTS)
    )
    is_type_of = instances_of(uploads.Parts)


UploadTarget = Annotated[
    SingleUploadTarget | MultipartUploadTarget,
    strawberry.union("UploadTarget", description="Send the bytes straight to object storage; no API server sees them."),
]


@strawberry.type(description="What files of a kind are taken.")
class UploadConstraints:
    is_type_of = instances_of(formats.Constraints)
    kind: MediaKind = attribute("The kind.")
    content_types: list[str] = attribute(
        "What `contentType` may say.", at_most=bounds.CONTENT_TYPES, max_bytes=bounds.CONTENT_TYPE_BYTES
    )
    max_byte_size: Long = attribute("Bytes.")
    max_pixels: Long = attribute("Width times height.")
    max_side: int = attribute("Pixels.")
    max_duration_ms: int | None = attribute("Milliseconds; null for photos.")


@node(rows.Upload, "A file on its way to be shown.")
class Upload(Node):
    status: UploadStatus = attribute("How far it has come.")
    kind: MediaKind = attribute("What it holds.")
    target: UploadTarget | None = derived(
        uploads.target, "Where to send the bytes, until they have been received. Read again, it is signed anew."
    )
    progress: float = attribute(
        "0..1: how far processing has come. A video is READY when its first rendition can be played; the others are "
        "there at 1."
    )
    media: Media | None = attribute("Set when READY.")
    rejection: UserError | None = attribute("Set when REJECTED.")
    expires_at: datetime = attribute("Until when the bytes can be sent.")
