"""Commands for uploads."""

from collections.abc import Mapping, Sequence

from domain.media import actions, multipart
from domain.media.actions import File
from domain.media.rows import Upload
from domain.viewer.viewer import Viewer
from kit.errors import mistake


async def create_uploads(viewer: Viewer, files: Sequence[File], key: str | None) -> list[Upload]:
    """Reserve storage for 1 to 10 files, in their order. `key` is the idempotency key."""
    parts = viewer.parts
    db = await viewer.writable()
    ids = await actions.create_uploads(db, parts.bucket, viewer.require_id(), files, key, parts.quota, viewer.now)
    return [upload for upload in await viewer.media.upload.load_many(ids) if upload]


async def complete_upload(viewer: Viewer, upload_id: int, etags: Mapping[int, str]) -> Upload | None:
    """Complete an upload whose bytes have been sent. `etags` are those of the parts by number, if the client has them.

    If the object store was away when a multipart upload was created, it is begun now: the upload has a target then.
    """
    parts = viewer.parts
    db, upload = await viewer.writable(), await own_upload(viewer, upload_id)
    if upload.part_size is not None and upload.multipart is None:
        await multipart.begin(db, parts.bucket, [upload.id])
        viewer.forget()
        upload = await own_upload(viewer, upload_id)
    await actions.complete(db, parts.bucket, parts.live, upload, etags)
    viewer.forget()
    return await viewer.media.upload.load(upload_id)


async def abort_upload(viewer: Viewer, upload_id: int) -> Upload | None:
    """Discard an upload that is not in use."""
    upload = await own_upload(viewer, upload_id)
    await actions.abort(await viewer.writable(), viewer.parts.live, upload)
    viewer.forget()
    return await viewer.media.upload.load(upload_id)


async def own_upload(viewer: Viewer, upload_id: int) -> Upload:
    """The upload. Raises UserErrors: NOT_FOUND where the viewer has none with this ID."""
    upload: Upload | None = await viewer.media.upload.load(upload_id)
    if upload is None:
        raise mistake("NOT_FOUND", "You have no upload with this ID.", "uploadId")
    return upload
