"""When a post becomes public: once all of its media are READY."""

from collections.abc import Collection, Mapping
from datetime import datetime

from clients.postgres import Connection
from domain import counters, events
from domain.counters import Count
from domain.entities import spellings
from domain.hashtags.actions import tag
from domain.statuses import PublicationStatus, UploadStatus


def status_of(uploads: Collection[UploadStatus]) -> PublicationStatus:
    """The status of a post whose uploads have these statuses.

    PUBLISHED when all are READY. REJECTED when one was rejected or has expired. A post with uploads in review and none
    in processing is IN_REVIEW.
    """
    found = set(uploads)
    if found & {"REJECTED", "EXPIRED"}:
        return "REJECTED"
    if found == {"READY"}:
        return "PUBLISHED"
    return "IN_REVIEW" if found <= {"READY", "IN_REVIEW"} else "PROCESSING"


async def publish_if_ready(tx: Connection, post_id: int) -> None:
    """Give a post that is not published yet the status that follows from its uploads. `tx` has locked one of them."""
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
    status = status_of([record["status"] for record in records])
    if status == post["status"]:
        return
    published_at = await tx.fetchval(
        f"UPDATE posts SET status = $2::text, published_at = {PUBLISHED_AT} WHERE id = $1 RETURNING published_at",
        post_id,
        status,
    )
    if status == "REJECTED":
        await events.record(tx, events.PostRejected(post_id, post["author_id"]), post["author_id"])
    if published_at is not None:
        await record(tx, post_id, post["author_id"], published_at, spellings(post["caption"], post["hashtags"]))


PUBLISHED_AT = "CASE WHEN $2::text = 'PUBLISHED' THEN date_trunc('milliseconds', clock_timestamp()) END"
"""SQL for the instant of publication of a post that gets the status $2."""


async def record(
    tx: Connection, post_id: int, author_id: int, published_at: datetime, hashtags: Mapping[str, str]
) -> None:
    """Record what follows from the publication of a post: its event, the author's number of posts, its hashtags."""
    await events.record(tx, events.PostPublished(post_id, author_id), author_id)
    await counters.count(tx, author_id, Count("user.posts", author_id, 1))
    if hashtags:
        await tag(tx, post_id, author_id, published_at, hashtags)
