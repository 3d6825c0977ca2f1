"""When a post becomes public: once all of its media are READY."""

from clients.postgres import Connection
from domain import counters, events
from domain.counters import Count
from domain.entities import spellings
from domain.hashtags.actions import tag


async def publish_if_ready(tx: Connection, post_id: int) -> None:
    """Publish a post whose media are all READY. Reject it when one was rejected or has expired.

    A post with media in review and none in processing is IN_REVIEW. `tx` has locked an upload of the post.
    """
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
