"""Uploads: asking for a place to send bytes, and hearing that they have arrived."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from clients.postgres import Connection, Database
from clients.s3 import Signer
from clients.shards import Shards
from domain import channels
from domain.idempotency import once
from domain.media.formats import content_types
from domain.media.rows import Upload
from domain.media.storage import quarantine_key
from kit import ids
from kit.text import Mistakes

MAX_FILES = 10
MAX_PHOTO_BYTES = 8 * 1024 * 1024
LIFE = timedelta(hours=1)

_INSERT = """
INSERT INTO uploads (id, owner_id, kind, content_type, byte_size, token, status, attempt, created_at, expires_at)
SELECT next_id($1), $2, f.kind, f.content_type, f.byte_size, f.token, 'AWAITING_BYTES', 0, now(),
       date_trunc('seconds', now()) + $7::interval
FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[])
     WITH ORDINALITY AS f(kind, content_type, byte_size, token, n)
ORDER BY f.n RETURNING id"""


@dataclass(frozen=True)
class File:
    """What a client says it will send: `byte_size` is exact."""

    kind: str
    content_type: str
    byte_size: int


async def create_uploads(db: Database, viewer_id: int, files: Sequence[File], key: str | None) -> list[int]:
    """Places for 1 to 10 files, in their order. Raises UserErrors."""
    mistakes = Mistakes()
    if not files:
        mistakes.add("REQUIRED", "Name at least one file.", "files")
    if len(files) > MAX_FILES:
        mistakes.add("TOO_MANY", f"At most {MAX_FILES} files at a time.", "files")
    accepted = content_types("PHOTO")
    for index, file in enumerate(files[:MAX_FILES]):
        path = ("files", str(index))
        if file.content_type not in accepted:
            mistakes.add("INVALID", f"A photo is one of {', '.join(accepted)}.", *path, "contentType")
        if file.byte_size < 1:
            mistakes.add("INVALID", "The file is empty.", *path, "byteSize")
        if file.byte_size > MAX_PHOTO_BYTES:
            mistakes.add("TOO_LONG", "A photo may have at most 8 MiB.", *path, "byteSize")
    mistakes.check()

    async def effect(tx: Connection) -> list[int]:
        records = await tx.fetch(
            _INSERT,
            ids.shard_of(viewer_id),
            viewer_id,
            [file.kind for file in files],
            [file.content_type for file in files],
            [file.byte_size for file in files],
            [secrets.token_hex(16) for _ in files],
            LIFE,
        )
        return [record["id"] for record in records]

    return await once(db, viewer_id, "createUploads", key, [asdict(file) for file in files], effect)


def put_headers(upload: Upload) -> dict[str, str]:
    """The headers that the PUT must carry: they bind its length and type, and let the object be written once."""
    return {
        "content-length": str(upload.byte_size),
        "content-type": upload.content_type,
        "if-none-match": "*",
    }


def put_url(signer: Signer, upload: Upload, now: datetime) -> str | None:
    """A freshly signed URL for the bytes, good until the upload expires; None once they came or it has."""
    seconds = int((upload.expires_at - now).total_seconds())
    if upload.status != "AWAITING_BYTES" or seconds < 1:
        return None
    return signer.put(quarantine_key(upload.token), put_headers(upload), now, seconds)


async def receive(db: Database, live: Shards, tokens: Sequence[str]) -> None:
    """The bytes of these uploads lie in quarantine: they can be processed. To be told twice, or late, is no error."""
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
    """Tell whoever watches this upload that its status has changed."""
    await live.publish((channels.uploads_of(owner_id), str(upload_id)))
