"""A post publishes itself when the last of its media is ready, is held while any is in review, and is rejected whole
when any is refused; an avatar is shown when it is ready. Of stories see `stories/settle`."""

from clients.postgres import Connection
from domain import counters, events
from domain.counters import Count
from domain.hashtags.actions import tag
from domain.media.discard import discard
from domain.stories.settle import settle as settle_story
from kit.entities import spellings


async def settle(tx: Connection, upload_id: int) -> None:
    """Decide what uses this upload, if it can be decided by now.

    `tx` has changed and so locked the upload. Everybody locks uploads (by id) before posts and people; whoever comes
    second to the post's lock sees what the first has committed, so of two last children one publishes.
    """
    used = await tx.fetchrow(
        """
        SELECT a.id, a.post_id, u.owner_id, u.status FROM attachments a JOIN uploads u ON u.id = a.upload_id
        WHERE a.upload_id = $1
        """,
        upload_id,
    )
    if used is None:
        await settle_story(tx, upload_id)
        return
    if used["post_id"] is not None:
        await _settle_post(tx, used["post_id"])
    elif used["status"] == "READY":
        await _show_avatar(tx, used["owner_id"], upload_id, used["id"])


async def _settle_post(tx: Connection, post_id: int) -> None:
    post = await tx.fetchrow(
        """
        SELECT author_id, caption, hashtags, status FROM posts
        WHERE id = $1 AND status IN ('PROCESSING', 'IN_REVIEW') FOR UPDATE
        """,
        post_id,
    )
    if post is None:
        return
    records = await tx.fetch(
        "SELECT DISTINCT u.status FROM attachments a JOIN uploads u ON u.id = a.upload_id WHERE a.post_id = $1", post_id
    )
    found = {record["status"] for record in records}
    if found & {"REJECTED", "EXPIRED"}:
        await tx.execute("UPDATE posts SET status = 'REJECTED' WHERE id = $1", post_id)
        author_id = post["author_id"]
        await events.record(tx, events.PostRejected(post_id, author_id), author_id)
    elif found == {"READY"}:
        published_at = await tx.fetchval(
            """
            UPDATE posts SET status = 'PUBLISHED', published_at = date_trunc('milliseconds', clock_timestamp())
            WHERE id = $1 RETURNING published_at
            """,
            post_id,
        )
        author_id = post["author_id"]
        await events.record(tx, events.PostPublished(post_id, author_id), author_id)
        await counters.count(tx, author_id, Count("user.posts", author_id, 1))
        await tag(tx, post_id, author_id, published_at, spellings(post["caption"], post["hashtags"]))
    else:
        status = "IN_REVIEW" if found <= {"READY", "IN_REVIEW"} else "PROCESSING"
        if status != post["status"]:
            await tx.execute("UPDATE posts SET status = $2 WHERE id = $1", post_id, status)


async def _show_avatar(tx: Connection, owner_id: int, upload_id: int, attachment_id: int) -> None:
    shown = await tx.fetchval(
        "SELECT coalesce((avatar ->> 'chosen')::bigint, 0) FROM users WHERE id = $1 FOR NO KEY UPDATE", owner_id
    )
    if shown is None or shown > attachment_id:
        await discard(tx, [upload_id], owner_id)  # one that was chosen later was ready first
        return
    await tx.execute(
        """
        UPDATE users SET avatar = u.media || jsonb_build_object('kind', 'photo', 'id', u.id, 'chosen', $3::bigint)
        FROM uploads u
        WHERE users.id = $1 AND u.id = $2
        """,
        owner_id,
        upload_id,
        attachment_id,
    )
    # What somebody else holds here is being finished, and will find that a later one is shown.
    await _discard_avatars(tx, owner_id, "AND a.id < $2 ORDER BY u.id FOR UPDATE OF u SKIP LOCKED", attachment_id)


async def drop_avatars(tx: Connection, owner_id: int) -> None:
    """Discard every upload that is, was to be or has been this person's avatar; locks them before the person."""
    await _discard_avatars(tx, owner_id, "ORDER BY u.id FOR UPDATE OF u")


async def _discard_avatars(tx: Connection, owner_id: int, which: str, *arguments: int) -> None:
    records = await tx.fetch(
        f"""
        SELECT u.id FROM uploads u JOIN attachments a ON a.upload_id = u.id
        WHERE u.owner_id = $1 AND a.post_id IS NULL {which}
        """,
        owner_id,
        *arguments,
    )
    await discard(tx, [record["id"] for record in records], owner_id)
