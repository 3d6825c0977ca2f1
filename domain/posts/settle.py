"""A post publishes itself when the last of its media is ready, and is rejected whole when any is refused."""

from clients.postgres import Connection
from domain import events


async def settle(tx: Connection, upload_id: int) -> None:
    """Decide the post that uses this upload, if it can be decided by now.

    `tx` has changed and so locked the upload. Everybody locks uploads (by id) before posts; whoever comes second to
    the post's lock sees what the first has committed, so of two last children one publishes.
    """
    post_id = await tx.fetchval("SELECT post_id FROM attachments WHERE upload_id = $1", upload_id)
    author_id = await tx.fetchval(
        "SELECT author_id FROM posts WHERE id = $1 AND status = 'PROCESSING' FOR UPDATE", post_id
    )
    if author_id is None:
        return
    records = await tx.fetch(
        "SELECT DISTINCT u.status FROM attachments a JOIN uploads u ON u.id = a.upload_id WHERE a.post_id = $1", post_id
    )
    found = {record["status"] for record in records}
    if found & {"REJECTED", "EXPIRED"}:
        await tx.execute("UPDATE posts SET status = 'REJECTED' WHERE id = $1", post_id)
    elif found == {"READY"}:
        await tx.execute(
            """
            UPDATE posts SET status = 'PUBLISHED', published_at = date_trunc('milliseconds', clock_timestamp())
            WHERE id = $1
            """,
            post_id,
        )
        await events.record(tx, events.PostPublished(post_id, author_id), author_id)
