"""A story publishes itself when its media is ready, is held while that is in review, and rejected when it is refused.

Its day begins then, by the clock of the database.
"""

from clients.postgres import Connection
from domain import events
from domain.stories.rows import LIFE

_STATUS = {"READY": "PUBLISHED", "REJECTED": "REJECTED", "EXPIRED": "REJECTED", "IN_REVIEW": "IN_REVIEW"}
_EVENT = {"PUBLISHED": events.StoryPublished, "REJECTED": events.StoryRejected}


async def settle(tx: Connection, upload_id: int) -> None:
    """Decide on the story that uses this upload, if there is one and it can be decided by now; `tx` has locked both."""
    record = await tx.fetchrow(
        """
        SELECT s.id, s.author_id, u.status FROM stories s JOIN uploads u ON u.id = s.upload_id
        WHERE s.upload_id = $1 AND s.status IN ('PROCESSING', 'IN_REVIEW') FOR UPDATE OF s
        """,
        upload_id,
    )
    if record is None:
        return
    status = _STATUS.get(record["status"], "PROCESSING")
    await tx.execute(
        """
        UPDATE stories SET status = $2::text, published_at = CASE WHEN $2::text = 'PUBLISHED' THEN at END,
            due_at = CASE WHEN $2::text IN ('PUBLISHED', 'REJECTED') THEN at + $3 END
        FROM date_trunc('milliseconds', clock_timestamp()) AS at WHERE id = $1
        """,
        record["id"],
        status,
        LIFE,
    )
    if event := _EVENT.get(status):
        await events.record(tx, event(record["id"], record["author_id"]), record["author_id"])
