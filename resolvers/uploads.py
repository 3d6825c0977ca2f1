"""Resolvers of uploads."""

from typing import TYPE_CHECKING

from domain.commands import media as commands
from domain.statuses import MediaKind

if TYPE_CHECKING:
    from schema.uploads import CompleteUploadInput, CreateUploadsInput

from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import msgspec

from clients.s3 import Part
from domain import channels
from domain.media import actions, formats, multipart
from domain.media.actions import File
from domain.media.formats import Constraints
from domain.media.rows import Upload
from domain.rows import number_of
from kit.errors import BadUserInput
from resolvers.context import Context

MAX_WATCHED = 30
LOOK_AGAIN = 5.0


class Single:
    """One PUT of the whole file."""

    def __init__(self, context: Context, upload: Upload) -> None:
        self.url = actions.put_url(context.services.signer, upload, context.now)
        # The length is signed too. Every HTTP client sends it by itself, and browsers let no script set it.
        headers = actions.put_headers(upload)
        self.headers = [Header(name, value) for name, value in headers.items() if name != "content-length"]


class Header(msgspec.Struct, frozen=True):
    """A header of the PUT."""

    name: str
    value: str


class Parts(msgspec.Struct, frozen=True):
    """A PUT for each part of the file."""

    upload: Upload

    @property
    def part_size(self) -> int | None:
        """Size in bytes of each part except the last."""
        return self.upload.part_size

    @property
    def part_count(self) -> int:
        """The number of parts."""
        return len(multipart.sizes(self.upload))


class PartToSend(msgspec.Struct, frozen=True):
    """A part of an upload, numbered from 1."""

    upload: Upload
    number: int
    byte_size: int


def target(context: Context, upload: Upload) -> Single | Parts | None:
    """The upload target with fresh signatures; None after the bytes have arrived, or when it has expired."""
    if upload.status != "AWAITING_BYTES" or upload.expires_at <= context.now:
        return None
    if upload.part_size is None:
        return Single(context, upload)
    return Parts(upload) if upload.multipart is not None else None


def parts(context: Context, target: Parts, numbers: Sequence[int] | None) -> list[PartToSend]:
    """The parts with these numbers, or all. Raises BadUserInput for an unknown number."""
    sizes = multipart.sizes(target.upload)
    wanted = list(sizes) if numbers is None else list(dict.fromkeys(numbers))
    if not sizes.keys() >= set(wanted):
        raise BadUserInput(f"Unknown part number. The parts of this upload have the numbers 1 to {len(sizes)}.")
    return [PartToSend(target.upload, number, sizes[number]) for number in wanted]


def part_url(context: Context, part: PartToSend) -> str:
    """A freshly signed URL for the part."""
    return multipart.part_url(context.services.signer, part.upload, part.number, part.byte_size, context.now)


async def stored_parts(context: Context, targets: Sequence[Parts]) -> list[list[Part]]:
    """For each target, the parts that the object store has."""
    return await multipart.stored(context.services.bucket, [target.upload for target in targets])


async def create(context: Context, input: "CreateUploadsInput") -> dict[str, Any]:
    """Reserve storage for files: {uploads}, in their order."""
    files = [File(cast(MediaKind, file.kind.name), file.content_type, file.byte_size) for file in input.files]
    return {"uploads": await commands.create_uploads(context.viewer, files, input.idempotency_key)}


async def complete(context: Context, input: "CompleteUploadInput") -> dict[str, Any]:
    """Complete an upload whose bytes have been sent: {upload}."""
    etags = {part.number: part.etag for part in input.parts or ()}
    return {"upload": await commands.complete_upload(context.viewer, number_of(Upload, input.upload_id), etags)}


async def abort(context: Context, upload_id: str) -> dict[str, Any]:
    """Discard an upload: {upload}."""
    return {"upload": await commands.abort_upload(context.viewer, number_of(Upload, upload_id))}


async def constraints(context: Context) -> Sequence[Constraints]:
    """The constraints of files, for each kind."""
    return list(formats.OF_KIND.values())


async def watch(context: Context, upload_ids: Sequence[str]) -> AsyncIterator[Upload]:
    """Yield each upload now, then after each change. Ends when none can change any more, or the token expires.

    A video that is READY changes until its progress is 1.

    Published hints only cause a read; there is a read every 5 s without them.
    """
    if not 1 <= len(upload_ids) <= MAX_WATCHED:
        raise BadUserInput(f"Expected 1 to {MAX_WATCHED} upload IDs.")
    waiting: dict[int, object] = dict.fromkeys((number_of(Upload, id) for id in upload_ids), None)
    access = context.require_access()
    async with context.services.streams.listen(access, channels.uploads_of(access.user_id)) as stream:
        while waiting:
            context.forget()
            for id, upload in zip(
                list(waiting), await context.viewer.media.upload.load_many(list(waiting)), strict=True
            ):
                if upload is not None and (state := (upload.status, upload.progress)) != waiting[id]:
                    waiting[id] = state
                    yield upload
                if upload is None or upload.settled:
                    del waiting[id]
            if waiting:
                await stream.hint(within=LOOK_AGAIN)
