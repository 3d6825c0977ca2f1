"""Uploads: creating them, recording that their bytes have arrived, and marking them as used."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import msgspec

from clients.postgres import Connection, Database
from clients.s3 import Bucket, ObjectMissingError, Signer
from clients.shards import Shards
from domain import channels
from domain.idempotency import once_per_key
from domain.media import multipart
from domain.media.discard import end
from domain.media.formats import OF_KIND, canonical, size
from domain.media.queue import expected_slow
from domain.media.quota import Quota, reserve
from domain.media.rows import Upload
from domain.media.storage import new_name, quarantine_key
from domain.statuses import MediaKind, UploadStatus
from kit import ids
from kit.errors import mistake
from kit.text import Mistakes

MAX_FILES = 10
SINGLE_BYTES = 16 * 1024**2
"""Longer files are sent in parts."""
PART_BYTES = 16 * 1024**2
MAX_PARTS = max(each.max_byte_size for each in OF_KIND.values()) // PART_BYTES
LIFE = timedelta(hours=1)
LIFE_BY_PARTS = timedelta(hours=24)

_NAMES = {"PHOTO": "A photo", "VIDEO": "A video"}
_INSERT = """
INSERT INTO uploads
    (id, owner_id, kind, content_type, byte_size, token, original_name, status, attempt, heavy, slow, part_size,
     created_at, expires_at)
SELECT next_id($1), $2, f.kind, f.content_type, f.byte_size, f.token, f.name, 'AWAITING_BYTES', 0, f.kind = 'VIDEO',
       f.slow, CASE WHEN f.byte_size > $7 THEN $8::int END, now(),
       date_trunc('seconds', now()) + CASE WHEN f.byte_size > $7 THEN $10::interval ELSE $9 END
FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $11::bool[], $12::text[])
     WITH ORDINALITY AS f(kind, content_type, byte_size, token, slow, name, n)
ORDER BY f.n RETURNING id"""


_LOCK = "SELECT id, kind, status, used FROM uploads WHERE id = ANY($1) AND owner_id = $2 ORDER BY id FOR UPDATE"
_LOCK_WITH_OWNER = """
SELECT u.id, u.kind, u.status, u.used FROM uploads u JOIN users o ON o.id = u.owner_id
WHERE u.id = ANY($1) AND u.owner_id = $2 ORDER BY u.id FOR UPDATE OF u FOR NO KEY UPDATE OF o"""


@dataclass(frozen=True)
class File:
    """A file as the client announces it: `byte_size` is exact."""

    kind: MediaKind
    content_type: str
    byte_size: int


async def create_uploads(
    db: Database, bucket: Bucket, viewer_id: int, files: Sequence[File], key: str | None, quota: Quota, now: datetime
) -> list[int]:
    """Places for 1 to 10 files, in their order; multipart uploads are created in the store. Raises UserErrors.

    Their bytes are reserved in the quota of the account.
    """
    files = [replace(file, content_type=canonical(file.content_type)) for file in files]
    mistakes = Mistakes()
    if not files:
        mistakes.add("REQUIRED", "At least one file is required.", "files")
    if len(files) > MAX_FILES:
        mistakes.add("TOO_MANY", f"Too many files (limit: {MAX_FILES} per request).", "files")
    for index, file in enumerate(files[:MAX_FILES]):
        path, name, taken = ("files", str(index)), _NAMES[file.kind], OF_KIND[file.kind]
        if file.content_type not in taken.content_types:
            mistakes.add(
                "INVALID",
                f"{name} must have one of these content types: {', '.join(taken.content_types)}.",
                *path,
                "contentType",
            )
        if file.byte_size < 1:
            mistakes.add("INVALID", "The file is empty.", *path, "byteSize")
        if file.byte_size > taken.max_byte_size:
            mistakes.add("TOO_LONG", f"{name} can have at most {size(taken.max_byte_size)}.", *path, "byteSize")
    mistakes.check()

    async def effect(tx: Connection) -> list[int]:
        await reserve(tx, quota, viewer_id, sum(file.byte_size for file in files), now)
        records = await tx.fetch(
            _INSERT,
            ids.shard_of(viewer_id),
            viewer_id,
            [file.kind for file in files],
            [file.content_type for file in files],
            [file.byte_size for file in files],
            [secrets.token_hex(16) for _ in files],
            SINGLE_BYTES,
            PART_BYTES,
            LIFE,
            LIFE_BY_PARTS,
            [expected_slow(file.kind, file.byte_size) for file in files],
            [new_name() for _ in files],
        )
        return [record["id"] for record in records]

    ids_of = await once_per_key(db, viewer_id, "createUploads", key, [asdict(file) for file in files], effect)
    if any(file.byte_size > SINGLE_BYTES for file in files):
        await multipart.begin(db, bucket, ids_of)
    return ids_of


def put_headers(upload: Upload) -> dict[str, str]:
    """Return the headers that the PUT must have: they bind its length and type, and permit writing the object once."""
    return {
        "content-length": str(upload.byte_size),
        "content-type": upload.content_type,
        "if-none-match": "*",
    }


def put_url(signer: Signer, upload: Upload, now: datetime) -> str:
    """Return a newly signed URL for the bytes, valid until the upload expires."""
    seconds = max(1, int((upload.expires_at - now).total_seconds()))
    return signer.put(quarantine_key(upload.token), put_headers(upload), now, seconds)


async def complete(db: Database, bucket: Bucket, live: Shards, upload: Upload, etags: Mapping[int, str]) -> None:
    """Record that all bytes of `upload` have been sent: join its parts, and process it without waiting for storage.

    `etags` are those of the parts by number, if the client has them. Does nothing if the bytes had arrived. Raises
    UserErrors.
    """
    if upload.status == "EXPIRED":
        raise mistake("INVALID", "This upload has expired. Create a new upload.", "uploadId")
    if upload.status != "AWAITING_BYTES":
        return
    if upload.multipart is not None:
        await multipart.join(bucket, upload, etags)
    try:
        await bucket.head(quarantine_key(upload.token))
    except ObjectMissingError:
        raise mistake(
            "REQUIRED", "The file has not arrived in storage. Send it to the upload target, then try again.", "uploadId"
        ) from None
    await receive(db, live, [upload.token])


async def abort(db: Database, live: Shards, upload: Upload) -> None:
    """Discard what has been sent of `upload`, and what has been made of it. Idempotent.

    Raises UserErrors: CONFLICT for one that is used.
    """
    async with db.acquire() as tx, tx.transaction():
        row = await tx.fetchrow("SELECT status, used FROM uploads WHERE id = $1 FOR UPDATE", upload.id)
        if row is None or row["status"] == "EXPIRED":
            return
        if row["used"]:
            raise mistake(
                "CONFLICT", "This upload is in use. Delete the post, story or message that shows it.", "uploadId"
            )
        await end(tx, upload.id)
    await announce(live, upload.owner_id, upload.id)


class Locked(msgspec.Struct, frozen=True):
    """An upload that a transaction has locked."""

    kind: MediaKind
    status: UploadStatus


MARK_USED = "UPDATE uploads SET used = true WHERE id = ANY($1)"


async def mark_used(
    tx: Connection, viewer_id: int, upload_ids: Sequence[int], path: Callable[[int], tuple[str, ...]]
) -> list[str]:
    """Lock unused uploads of the viewer, and mark them as used. Returns the kind of each.

    Raises UserErrors at `path(index)` for every other upload.
    """
    locked = await lock_unused(tx, viewer_id, upload_ids, path)
    await tx.execute(MARK_USED, upload_ids)
    return [each.kind for each in locked]


async def lock_unused(
    tx: Connection,
    viewer_id: int,
    upload_ids: Sequence[int],
    path: Callable[[int], tuple[str, ...]],
    *,
    with_owner: bool = False,
) -> list[Locked]:
    """Lock unused uploads of the viewer, in the order given. The caller then runs MARK_USED.

    `with_owner` locks the viewer's own row too, after the uploads. Raises UserErrors at `path(index)` for every other
    upload.
    """
    records = await tx.fetch(
        _LOCK_WITH_OWNER if with_owner else _LOCK,
        upload_ids,
        viewer_id,
    )
    status = {record["id"]: record["status"] for record in records}
    used = {record["id"] for record in records if record["used"]}
    mistakes = Mistakes()
    for index, id in enumerate(upload_ids):
        if id not in status:
            mistakes.add("NOT_FOUND", "You have no upload with this ID.", *path(index))
        elif id in used or id in upload_ids[:index]:
            mistakes.add("CONFLICT", "This upload is already in use. Create a new upload.", *path(index))
        elif status[id] in ("REJECTED", "EXPIRED"):
            mistakes.add(
                "INVALID",
                "This upload was rejected or has expired. Create a new upload and send the file again.",
                *path(index),
            )
    mistakes.check()
    locked = {record["id"]: Locked(record["kind"], record["status"]) for record in records}
    return [locked[id] for id in upload_ids]


async def choose_filters(tx: Connection, chosen: Mapping[tuple[str, ...], tuple[int, str]]) -> None:
    """Set the filters of photos that the caller has locked: by the path of the input, (upload, filter).

    Existing renditions are replaced. A worker that is processing the upload learns of the filter when it has
    finished. Raises UserErrors for animations.
    """
    if not chosen:
        return
    upload_ids = [upload_id for upload_id, _ in chosen.values()]
    heavy = await tx.fetch("SELECT id FROM uploads WHERE id = ANY($1) AND heavy", upload_ids)
    moving = {record["id"] for record in heavy}
    mistakes = Mistakes()
    for path, (upload_id, _) in chosen.items():
        if upload_id in moving:
            mistakes.add("INVALID", "Filters can be applied only to photos, not to videos or animated images.", *path)
    mistakes.check()
    await tx.execute(
        """
        UPDATE uploads u SET photo_filter = f.name, progress = 0,
            status = CASE u.status WHEN 'READY' THEN 'PROCESSING' ELSE u.status END
        FROM unnest($1::bigint[], $2::text[]) AS f(id, name) WHERE u.id = f.id AND u.id = ANY($1)
        """,
        upload_ids,
        [name for _, name in chosen.values()],
    )


async def receive(db: Database, live: Shards, tokens: Sequence[str]) -> None:
    """Record that the bytes of these uploads are in quarantine, so that they can be processed. Idempotent."""
    if not tokens:
        return
    records = await db.fetch(
        """
        UPDATE uploads SET status = 'PROCESSING', claimed_until = NULL
        WHERE token = ANY($1) AND status = 'AWAITING_BYTES' RETURNING id, owner_id
        """,
        tokens,
    )
    for record in records:
        await announce(live, record["owner_id"], record["id"])


async def announce(live: Shards, owner_id: int, upload_id: int) -> None:
    """Tell open streams that the status of this upload has changed."""
    await live.publish((channels.uploads_of(owner_id), str(upload_id)))
