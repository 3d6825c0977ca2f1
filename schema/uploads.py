"""Uploads of media files, from the target to send a file to until its photo or video is ready."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from domain.limits import Budget
from domain.media import formats, rows
from kit.execution import instances_of
from resolvers import uploads
from schema import bounds
from schema.errors import UserError
from schema.fields import (
    argument,
    at_most,
    attribute,
    batched,
    derived,
    idempotency_key_field,
    mutates,
    resolved,
    subscribed,
    weighing,
)
from schema.media import Media
from schema.nodes import Node, node
from schema.payload import Payload
from schema.permissions import signed_in
from schema.scalars import URL, Long

SIGNATURE_POINTS = 2
"""What signing a URL costs, beside the value itself."""


@strawberry.enum(description="Kind of a media file.")
class MediaKind(Enum):
    PHOTO = strawberry.enum_value(
        "PHOTO", description="A photo. An animated GIF becomes a video; animated WebP and AVIF files are rejected."
    )
    VIDEO = strawberry.enum_value("VIDEO", description="A video.")


@strawberry.enum(description="Status of an upload.")
class UploadStatus(Enum):
    AWAITING_BYTES = strawberry.enum_value("AWAITING_BYTES", description="Waiting for the file. Send it to `target`.")
    PROCESSING = strawberry.enum_value("PROCESSING", description="The file has arrived and is being processed.")
    IN_REVIEW = strawberry.enum_value(
        "IN_REVIEW", description="Waiting for manual review. The media is not shown until then."
    )
    READY = strawberry.enum_value("READY", description="Processing succeeded. `media` is set.")
    REJECTED = strawberry.enum_value("REJECTED", description="The file was rejected. `rejection` states the reason.")
    EXPIRED = strawberry.enum_value(
        "EXPIRED", description="The file did not arrive before `expiresAt`, or the upload was aborted."
    )


@strawberry.type(description="An HTTP request header.")
class HttpHeader:
    name: str = attribute("Name of the header, in lower case.", max_bytes=bounds.HEADER_NAME_BYTES)
    value: str = attribute("Value of the header.", max_bytes=bounds.HEADER_VALUE_BYTES)


@strawberry.type(
    description="Target for a file that is sent in one request: one PUT with the whole file as its body and "
    "exactly the given headers."
)
class SingleUploadTarget:
    url: URL = attribute("URL to send the PUT request to. Valid until the upload expires.")
    headers: list[HttpHeader] = attribute(
        "Headers that the request must contain, except Content-Length, which HTTP clients set themselves.",
        at_most=bounds.HEADERS,
    )
    is_type_of = instances_of(uploads.Single)


@strawberry.type(description="A part of a multipart upload, with the URL to send it to.")
class UploadPart:
    number: int = attribute("Number of the part, starting at 1.")
    byte_size: int = attribute("Exact size of the part, in bytes.")
    url: URL = derived(
        uploads.part_url,
        "URL to send the part to by PUT. Valid for 1 hour, but not longer than the upload.",
        weighing(SIGNATURE_POINTS),
    )


@strawberry.type(description="A part that has arrived in object storage.")
class StoredPart:
    number: int = attribute("Number of the part, starting at 1.")
    byte_size: int = attribute("Size of the part, in bytes.")
    etag: str = attribute("ETag of the part, as returned by its PUT request.", max_bytes=bounds.ETAG_BYTES)


@strawberry.type(
    description="Target for a file that is sent in parts. Send one PUT for each part, in any order and in "
    "parallel. Then call `completeUpload` with the ETag of each part. To resume after a crash, read "
    "`storedParts` and send the missing parts."
)
class MultipartUploadTarget:
    part_size: int = attribute("Size of each part except the last, in bytes.")
    part_count: int = attribute("Number of parts.")
    parts: list[UploadPart] = derived(
        uploads.parts,
        "Parts with URLs to send them to. Each query returns newly signed URLs.",
        at_most(bounds.PARTS_BY_NUMBER),
        numbers=argument(
            list[int] | None,
            "Numbers of the parts to return. If omitted or null: all parts. Other numbers than 1 to "
            "`partCount` are an error.",
            strawberry.UNSET,
        ),
    )
    stored_parts: list[StoredPart] | None = batched(
        uploads.stored_parts, "Parts that have arrived in object storage, in order.", at_most(bounds.PARTS)
    )
    is_type_of = instances_of(uploads.Parts)


UploadTarget = Annotated[
    SingleUploadTarget | MultipartUploadTarget,
    strawberry.union(
        "UploadTarget",
        description="Where to send the bytes of a file. Clients send them directly to object storage, not to the API.",
    ),
]


@strawberry.type(description="Requirements for files of one kind.")
class UploadConstraints:
    is_type_of = instances_of(formats.Constraints)
    kind: MediaKind = attribute("Kind of file.")
    content_types: list[str] = attribute(
        "Values accepted as `contentType`.", at_most=bounds.CONTENT_TYPES, max_bytes=bounds.CONTENT_TYPE_BYTES
    )
    max_byte_size: Long = attribute("Maximum file size, in bytes.")
    max_pixels: Long = attribute("Maximum number of pixels: width times height.")
    max_side: int = attribute("Maximum width and height, in pixels.")
    max_duration_ms: int | None = attribute("Maximum duration, in milliseconds. Null for photos.")


@node(rows.Upload, "An upload of a media file: its transfer, its processing, and the media created from it.")
class Upload(Node):
    status: UploadStatus = attribute("Status of the upload.")
    kind: MediaKind = attribute("Kind of the file, as declared by the client.")
    target: UploadTarget | None = derived(
        uploads.target,
        "Where to send the bytes, with newly signed URLs for each query. Null once the bytes have arrived "
        "or the upload has expired.",
    )
    progress: float = attribute(
        "Progress of processing, from 0 to 1. A video becomes READY when its first rendition can be "
        "played; the other renditions are ready at 1."
    )
    media: Media | None = attribute("The media created from the file. Null unless `status` is READY.")
    rejection: UserError | None = attribute("The reason for the rejection. Null unless `status` is REJECTED.")
    expires_at: datetime = attribute("Time until which the bytes can be sent.")


@strawberry.input(description="A file to upload.")
class UploadFileInput:
    kind: MediaKind = attribute("Kind of the file.")
    content_type: str = attribute(
        f"MIME type of the file: {', '.join(formats.FORMATS)}, or another value of "
        "`UploadConstraints.contentTypes`. The server determines the actual format from the content of the file."
    )
    byte_size: Long = attribute("Exact size of the file, in bytes. At most 8 MiB for a photo, 4 GiB for a video.")


@strawberry.input(description="Files to upload.")
class CreateUploadsInput:
    files: list[UploadFileInput] = attribute("1 to 10 files.")
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="A part of a multipart upload that the client has sent.")
class CompletedPartInput:
    number: int = attribute("Number of the part, starting at 1.")
    etag: str = attribute("ETag of the part, as returned by its PUT request.")


@strawberry.input(description="An upload whose bytes have been sent.")
class CompleteUploadInput:
    upload_id: strawberry.ID = attribute("ID of an upload of the viewer.")
    parts: list[CompletedPartInput] | None = attribute(
        "For a multipart upload: the parts that were sent. The server compares their ETags with those in "
        "object storage. Optional.",
        default=None,
    )


@strawberry.type(description="Result of creating uploads.")
class CreateUploadsPayload(Payload):
    uploads: list[Upload] = attribute(
        "The created uploads, in the order of the files.", default_factory=list, at_most=bounds.FILES
    )


@strawberry.type(description="Result of a mutation that changes an upload.")
class UploadPayload(Payload):
    upload: Upload | None = attribute("The upload in its current state.", default=None)


@strawberry.type
class Query:
    upload_constraints: list[UploadConstraints] | None = resolved(
        uploads.constraints,
        "Requirements for uploaded files, one entry for each kind, so that clients can check files before "
        "uploading them.",
        at_most(bounds.KINDS_OF_MEDIA),
    )


@strawberry.type
class Mutation:
    create_uploads: CreateUploadsPayload | None = mutates(
        uploads.create,
        CreateUploadsPayload,
        "Creates uploads: targets to send files to. The sizes of the files are reserved from the viewer's "
        "storage quota.",
        signed_in,
        budget=Budget(100, per=3600),
        input=argument(CreateUploadsInput, "The files to upload."),
    )
    complete_upload: UploadPayload | None = mutates(
        uploads.complete,
        UploadPayload,
        "Completes an upload. Required for a multipart upload when all parts have been sent. Optional for "
        "a single upload: storage notifies the server itself, and this call only makes processing start "
        "earlier.",
        signed_in,
        input=argument(CompleteUploadInput, "The upload to complete."),
    )
    abort_upload: UploadPayload | None = mutates(
        uploads.abort,
        UploadPayload,
        "Aborts an upload that nothing uses, and deletes what was sent. Its status becomes EXPIRED.",
        signed_in,
        upload_id=argument(strawberry.ID, "ID of an upload of the viewer."),
    )


@strawberry.type
class Subscription:
    upload_updated: Upload = subscribed(
        uploads.watch,
        "State of each upload now, then each change. Ends when every upload is READY, REJECTED or EXPIRED; "
        "for a video, when its `progress` has reached 1.",
        signed_in,
        upload_ids=argument(list[strawberry.ID], "IDs of 1 to 30 uploads of the viewer."),
    )
