"""Creating, changing and deleting posts."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from clients.postgres import Connection, Database, Row
from clients.redis import Redis
from domain import captions, counters, events, jobs
from domain.counters import Count
from domain.hashtags.actions import tag, untag
from domain.idempotency import once_per_key
from domain.jobs import JobKind
from domain.media.actions import MARK_USED, choose_filters, lock_unused
from domain.media.discard import discard
from domain.media.rows import Tag
from domain.posts import cache, places, publication, tags
from domain.posts.places import Place
from domain.posts.publication import PUBLISHED_AT, status_of
from domain.posts.rows import Post
from domain.statuses import UploadStatus
from kit import ids
from kit.errors import mistake
from kit.text import Mistakes

MAX_MEDIA = 10
MAX_CAPTION = 2200
MAX_ALT_TEXT = 1000


_CREATE = f"""
WITH used AS ({MARK_USED}),
made AS (
    INSERT INTO posts
        (id, author_id, status, caption, hashtags, location_id, comments_disabled, created_at, published_at)
    VALUES (next_id($4), $3, $2::text, $5, $6, $7, $8, date_trunc('milliseconds', now()), {PUBLISHED_AT})
    RETURNING id, published_at
),
attached AS (
    INSERT INTO attachments (id, upload_id, post_id, position, alt_text)
    SELECT next_id($4), m.upload_id, made.id, m.n - 1, m.alt_text
    FROM made, unnest($1::bigint[], $9::text[]) WITH ORDINALITY AS m(upload_id, alt_text, n)
)
SELECT id, published_at FROM made"""


@dataclass(frozen=True)
class Medium:
    """An upload of a post, with its filter, its alternative text and its tagged users."""

    upload_id: int
    filter: str | None
    alt_text: str | None
    tags: tuple[Tag, ...]


async def create_post(
    db: Database,
    viewer_id: int,
    *,
    media: Sequence[Medium],
    caption: str | None,
    place: Place | None,
    comments_disabled: bool,
    key: str | None,
) -> int:
    """Create a post from 1 to 10 of the viewer's uploads, with or without their bytes. Raises UserErrors."""
    given = {
        "media": media,
        "caption": caption,
        "place": place,
        "comments_disabled": comments_disabled,
    }
    mistakes = Mistakes()
    if not media:
        mistakes.add("REQUIRED", "A post must contain at least one photo or video.", "media")
    if len(media) > MAX_MEDIA:
        mistakes.add("TOO_MANY", f"Too many photos and videos (limit: {MAX_MEDIA} in a post).", "media")
    said = captions.parse_text(mistakes, caption, "The caption", MAX_CAPTION, "caption")
    place = places.check(mistakes, place)
    alts: list[str | None] = []
    tagged: dict[tuple[str, ...], Tag] = {}
    for index, medium in enumerate(media[:MAX_MEDIA]):
        path = ("media", str(index))
        alt_text = mistakes.text(medium.alt_text, "The alternative text", MAX_ALT_TEXT, *path, "altText")
        alts.append(alt_text or None)
        tags.check(mistakes, medium.tags, *path, "userTags")
        tagged |= {(*path, "userTags", str(n), "userId"): each for n, each in enumerate(medium.tags)}
    mistakes.check()
    upload_ids = [medium.upload_id for medium in media]

    async def effect(tx: Connection) -> list[int]:
        await tags.allow(tx, viewer_id, tagged)
        mentioned = await captions.mentioned_users(tx, viewer_id, said.names)
        locked = await lock_unused(tx, viewer_id, upload_ids, lambda index: ("media", str(index), "uploadId"))
        await choose_filters(
            tx,
            {
                ("media", str(index), "filter"): (medium.upload_id, medium.filter)
                for index, medium in enumerate(media)
                if medium.filter
            },
        )
        # What a filter is applied to is processed again.
        statuses: list[UploadStatus] = [
            "PROCESSING" if each.filter else upload.status for each, upload in zip(media, locked, strict=True)
        ]
        made = await tx.fetchrow(
            _CREATE,
            upload_ids,
            status_of(statuses),
            viewer_id,
            ids.shard_of(viewer_id),
            said.text,
            list(said.hashtags),
            await places.find(tx, place),
            comments_disabled,
            alts,
        )
        assert made is not None
        post_id: int = made["id"]
        if mentioned:
            await captions.mention(tx, post_id, mentioned)
        for medium in media:
            if medium.tags:
                await tags.write(tx, medium.upload_id, medium.tags)
        if made["published_at"] is not None:
            await publication.record(tx, post_id, viewer_id, made["published_at"], said.hashtags)
        return [post_id]

    [post_id] = await once_per_key(db, viewer_id, "createPost", key, given, effect)
    return post_id


class Changes(msgspec.Struct, frozen=True):
    """Changes to a post. UNSET leaves a field unchanged, None clears it."""

    caption: str | msgspec.UnsetType | None = msgspec.UNSET
    place: Place | msgspec.UnsetType | None = msgspec.UNSET
    comments_disabled: bool | msgspec.UnsetType | None = msgspec.UNSET


async def update_post(db: Database, redis: Redis, viewer_id: int, post: Post, changes: Changes) -> None:
    """Change a post of the viewer. Raises UserErrors: NOT_ALLOWED, and problems with the input."""
    if post.author_id != viewer_id:
        raise mistake("NOT_ALLOWED", "Only the author can change a post.", "postId")
    mistakes = Mistakes()
    said = captions.parse_text(mistakes, changes.caption or "", "The caption", MAX_CAPTION, "caption")
    place = places.check(mistakes, changes.place or None)
    mistakes.check()
    mentioned = await captions.mentioned_users(db, viewer_id, said.names)
    async with db.acquire() as tx, tx.transaction():
        kept = await tx.fetchrow("SELECT published_at, location_id FROM posts WHERE id = $1 FOR UPDATE", post.id)
        if kept is None:
            raise mistake("NOT_FOUND", "The post does not exist, or you cannot see it.", "postId")
        if changes.caption is not msgspec.UNSET:
            await tx.execute(
                """
                UPDATE posts SET caption = $2, hashtags = $3, edited_at = date_trunc('milliseconds', now())
                WHERE id = $1
                """,
                post.id,
                said.text,
                list(said.hashtags),
            )
            changes_of_mentions = await captions.mention(tx, post.id, mentioned)
            if kept["published_at"]:
                if changes_of_mentions.added or changes_of_mentions.gone:
                    await events.record(tx, events.MentionsChanged(post.id, changes_of_mentions.added), post.id)
                await tag(tx, post.id, viewer_id, kept["published_at"], said.hashtags)
        if changes.place is not msgspec.UNSET:
            await tx.execute(
                "UPDATE posts SET location_id = $2, edited_at = date_trunc('milliseconds', now()) WHERE id = $1",
                post.id,
                await places.find(tx, place),
            )
            await places.forget_unused(tx, kept["location_id"])
        if kept["published_at"] and (changes.caption is not msgspec.UNSET or changes.place is not msgspec.UNSET):
            await events.record(tx, events.PostEdited(post.id, viewer_id), viewer_id)
        if changes.comments_disabled is not msgspec.UNSET:
            await tx.execute(
                "UPDATE posts SET comments_disabled = $2 WHERE id = $1", post.id, bool(changes.comments_disabled)
            )
    await cache.forget(redis, post.id)


async def delete_post(db: Database, redis: Redis, viewer_id: int, post: Post) -> int:
    """Delete a post of the viewer, its media and their objects. Returns how many posts the viewer has left.

    A job deletes the likes and comments of others. Raises UserErrors: NOT_FOUND, NOT_ALLOWED.
    """
    if post.author_id != viewer_id:
        raise mistake("NOT_ALLOWED", "Only the author can delete a post.", "postId")
    async with db.acquire() as tx, tx.transaction():
        gone = await remove(tx, post.id)
        if gone is None:
            raise mistake("NOT_FOUND", "The post does not exist, or you cannot see it.", "postId")
        count = await counters.now(tx, "user.posts", viewer_id, -bool(gone["published_at"]))
    await cache.forget(redis, post.id)
    return count


async def remove(tx: Connection, post_id: int) -> Row | None:
    """Delete a post with the data of its author, and enqueue the rest. Returns its status, None if there is none."""
    uploads = await tx.fetch(
        """
        SELECT u.id FROM attachments a JOIN uploads u ON u.id = a.upload_id
        WHERE a.post_id = $1 ORDER BY u.id FOR UPDATE OF u
        """,
        post_id,
    )
    post = await tx.fetchrow("SELECT author_id, published_at, location_id FROM posts WHERE id = $1 FOR UPDATE", post_id)
    if post is None:
        return None
    author_id = post["author_id"]
    await untag(tx, post_id, author_id)
    await tx.execute("DELETE FROM mentions WHERE source_id = $1", post_id)
    await tx.execute("DELETE FROM posts WHERE id = $1", post_id)
    await discard(tx, [record["id"] for record in uploads], author_id)
    await places.forget_unused(tx, post["location_id"])
    await jobs.enqueue(tx, JobKind.ERASE_POST, post_id)
    if post["published_at"]:
        await events.record(tx, events.PostDeleted(post_id, author_id), author_id)
        await counters.count(tx, author_id, Count("user.posts", author_id, -1))
    return post
