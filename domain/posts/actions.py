"""Making and deleting posts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from clients.postgres import Connection, Database
from clients.redis import Redis
from domain import events
from domain.idempotency import once
from domain.media.jobs import discard
from domain.posts import cache
from domain.posts.rows import milliseconds
from domain.posts.settle import settle
from kit import ids
from kit.errors import mistake
from kit.text import Mistakes

MAX_MEDIA = 10
MAX_CAPTION = 2200
MAX_ALT_TEXT = 1000


@dataclass(frozen=True)
class Medium:
    """An upload to show, and words for those who cannot see it."""

    upload_id: int
    alt_text: str | None


async def create_post(
    db: Database, viewer_id: int, *, media: Sequence[Medium], caption: str | None, key: str | None
) -> int:
    """A post of 1 to 10 of the viewer's uploads, with or without their bytes by now. Raises UserErrors."""
    mistakes = Mistakes()
    if not media:
        mistakes.add("REQUIRED", "A post needs at least one photo.", "media")
    if len(media) > MAX_MEDIA:
        mistakes.add("TOO_MANY", f"A post has at most {MAX_MEDIA} photos.", "media")
    text = mistakes.text(caption, "The caption", MAX_CAPTION, "caption")
    alts = [
        mistakes.text(medium.alt_text, "The description", MAX_ALT_TEXT, "media", str(index), "altText") or None
        for index, medium in enumerate(media[:MAX_MEDIA])
    ]
    mistakes.check()
    upload_ids = [medium.upload_id for medium in media]

    async def effect(tx: Connection) -> list[int]:
        await _lock_unused(tx, viewer_id, upload_ids)
        post_id = await tx.fetchval(
            """
            INSERT INTO posts (id, author_id, status, caption, created_at)
            VALUES (next_id($1), $2, 'PROCESSING', $3, date_trunc('milliseconds', now())) RETURNING id
            """,
            ids.shard_of(viewer_id),
            viewer_id,
            text,
        )
        await tx.execute(
            """
            INSERT INTO attachments (id, upload_id, post_id, position, alt_text)
            SELECT next_id($1), m.upload_id, $2, m.n - 1, m.alt_text
            FROM unnest($3::bigint[], $4::text[]) WITH ORDINALITY AS m(upload_id, alt_text, n)
            """,
            ids.shard_of(viewer_id),
            post_id,
            upload_ids,
            alts,
        )
        await settle(tx, upload_ids[0])
        return [post_id]

    given = {"media": [asdict(medium) for medium in media], "caption": caption}
    [post_id] = await once(db, viewer_id, "createPost", key, given, effect)
    return post_id


async def _lock_unused(tx: Connection, viewer_id: int, upload_ids: Sequence[int]) -> None:
    records = await tx.fetch(
        "SELECT id, status FROM uploads WHERE id = ANY($1) AND owner_id = $2 ORDER BY id FOR UPDATE",
        upload_ids,
        viewer_id,
    )
    status = {record["id"]: record["status"] for record in records}
    used = {
        record["upload_id"]
        for record in await tx.fetch("SELECT upload_id FROM attachments WHERE upload_id = ANY($1)", upload_ids)
    }
    mistakes = Mistakes()
    for index, id in enumerate(upload_ids):
        field = ("media", str(index), "uploadId")
        if id not in status:
            mistakes.add("NOT_FOUND", "There is no such upload.", *field)
        elif id in used or id in upload_ids[:index]:
            mistakes.add("CONFLICT", "That upload has been used.", *field)
        elif status[id] in ("REJECTED", "EXPIRED"):
            mistakes.add("INVALID", "That upload failed: send the photo again.", *field)
    mistakes.check()


async def delete_post(db: Database, redis: Redis, viewer_id: int, post_id: int) -> None:
    """Delete a post of the viewer's, its media and their objects. Raises UserErrors: NOT_FOUND, NOT_ALLOWED."""
    async with db.acquire() as tx, tx.transaction():
        uploads = await tx.fetch(
            """
            SELECT u.id FROM attachments a JOIN uploads u ON u.id = a.upload_id
            WHERE a.post_id = $1 AND u.owner_id = $2 ORDER BY u.id FOR UPDATE OF u
            """,
            post_id,
            viewer_id,
        )
        post = await tx.fetchrow("SELECT author_id, published_at FROM posts WHERE id = $1 FOR UPDATE", post_id)
        if post is None or (post["author_id"] != viewer_id and post["published_at"] is None):
            raise mistake("NOT_FOUND", "There is no such post.", "postId")
        if post["author_id"] != viewer_id:
            raise mistake("NOT_ALLOWED", "Only its author can delete a post.", "postId")
        await tx.execute("DELETE FROM posts WHERE id = $1", post_id)
        await discard(tx, [record["id"] for record in uploads], viewer_id)
        if post["published_at"]:
            deleted = events.PostDeleted(post_id, viewer_id, milliseconds(post["published_at"]))
            await events.record(tx, deleted, viewer_id)
    await cache.forget(redis, post_id)
