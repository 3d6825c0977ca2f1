"""Uploads, for their owners."""

from collections.abc import Callable, Sequence

import msgspec

from clients.postgres import Queries, Row
from domain.media.rows import AnyMedia, Media, Upload
from domain.rows import by_id
from kit.errors import UserError
from kit.unreadable import readable

_UPLOADS = """
SELECT u.id, u.owner_id, u.kind, u.content_type, u.byte_size, u.token, u.status, u.expires_at, u.rejection,
       u.part_size, u.multipart, u.progress,
       u.media || jsonb_build_object('id', u.id, 'alt_text', a.alt_text, 'tags', t.tags) AS media
FROM uploads u LEFT JOIN attachments a ON a.upload_id = u.id
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', user_id, 'x', x, 'y', y) ORDER BY position), '[]') AS tags
    FROM user_tags WHERE upload_id = u.id
) t WHERE u.id = ANY($1)"""


_decode_media: Callable[[str], Media] = msgspec.json.Decoder(AnyMedia).decode


async def uploads(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[Upload | None]:
    """Return uploads by ID; None for those that do not exist or are not the viewer's."""
    owned = "u.owner_id = $2 AND EXISTS (SELECT FROM users WHERE id = $2 AND status = 'ACTIVE')"
    records = await db.fetch(f"{_UPLOADS} AND {owned}", ids, viewer_id)
    found = by_id(readable("upload", records, _upload))
    return [found.get(id) for id in ids]


async def media(db: Queries, ids: Sequence[int]) -> list[Media | None]:
    """Return the media of the uploads of these IDs; None for those that are not READY."""
    found = by_id(readable("upload", await db.fetch(_UPLOADS, ids), _upload))
    return [found[id].media if id in found else None for id in ids]


async def post_of(db: Queries, upload_ids: Sequence[int]) -> list[int | None]:
    """Return the post that each upload was used for, None if there is none."""
    records = await db.fetch("SELECT upload_id, post_id FROM attachments WHERE upload_id = ANY($1)", upload_ids)
    found = {record["upload_id"]: record["post_id"] for record in records}
    return [found.get(id) for id in upload_ids]


async def uploads_of_posts(db: Queries, post_ids: Sequence[int]) -> list[list[int]]:
    """Return the uploads of each post, in the author's order."""
    records = await db.fetch(
        "SELECT post_id, upload_id FROM attachments WHERE post_id = ANY($1) ORDER BY post_id, position", post_ids
    )
    found: dict[int, list[int]] = {}
    for record in records:
        found.setdefault(record["post_id"], []).append(record["upload_id"])
    return [found.get(id, []) for id in post_ids]


def _upload(record: Row) -> Upload:
    values = dict(record)
    ready = record["status"] == "READY"
    values["media"] = _decode_media(record["media"]) if ready else None
    values["rejection"] = record["rejection"] and msgspec.json.decode(record["rejection"], type=UserError)
    return Upload(**values)
