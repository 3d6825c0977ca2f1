from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from domain.media import rows
from kit.execution import instances_of
from resolvers import uploads
from schema.fields import attribute, derived
from schema.scalars import URL
from schema.types.errors import UserError
from schema.types.media import Media
from schema.types.node import Node, node


@strawberry.enum(description="What a file holds.")
class MediaKind(Enum):
    PHOTO = strawberry.enum_value("PHOTO", description="A still picture.")


@strawberry.enum(description="How far an upload has come.")
class UploadStatus(Enum):
    AWAITING_BYTES = strawberry.enum_value("AWAITING_BYTES", description="Send the file to `target`.")
    PROCESSING = strawberry.enum_value("PROCESSING", description="The file has arrived and is being looked at.")
    READY = strawberry.enum_value("READY", description="`media` is set.")
    REJECTED = strawberry.enum_value("REJECTED", description="`rejection` says why.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="The file did not come in time.")


@strawberry.type(description="A header of a request.")
class HttpHeader:
    name: str = attribute("Its name, in lower case.")
    value: str = attribute("Its value.")


@strawberry.type(description="One PUT of the whole file with exactly these headers.")
class SingleUploadTarget:
    url: URL = attribute("Where to; good until the upload expires.")
    headers: list[HttpHeader] = attribute("Besides Content-Length, which HTTP clients send by themselves.")
    is_type_of = instances_of(uploads.Target)


UploadTarget = Annotated[
    SingleUploadTarget,
    strawberry.union("UploadTarget", description="Send the bytes straight to object storage; no API server sees them."),
]


@node(rows.Upload, "A file on its way to be shown.")
class Upload(Node):
    status: UploadStatus = attribute("How far it has come.")
    kind: MediaKind = attribute("What it holds.")
    target: UploadTarget | None = derived(
        uploads.target, "Where to send the bytes, until they have been received. Read again, it is signed anew."
    )
    media: Media | None = attribute("Set when READY.")
    rejection: UserError | None = attribute("Set when REJECTED.")
    expires_at: datetime = attribute("Until when the bytes can be sent.")
