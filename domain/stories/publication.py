"""When a story becomes public: once its media is READY. Its 24 hours begin then, by the clock of the database."""

from clients.postgres import Connection
from domain import events
from domain.statuses import PublicationStatus, UploadStatus
from domain.stories.rows import LIFE

_STATUS: dict[UploadStatus, PublicationStatus] = {
    "READY": "PUBLISHED",
    "REJECTED": "REJECTED",
    "EXPIRED": "REJECTED",
    "IN_REVIEW": "IN_REVIEW",
}
_EVENT = {"PUBLISHED": events.StoryPublished, "REJECTED": events.StoryRejected}


NOW = "date_trunc('milliseconds', clock_timestamp())"
PUBLISHED_AT = "CASE WHEN $2::text = 'PUBLISHED' THEN at END"
DUE_AT = "CASE WHEN $2::text IN ('PUBLISHED', 'REJECTED') THEN at + $3 END"
"""SQL for columns of a story that gets the status $2 at the instant `at` (NOW); $3 is LIFE."""


def status_of(upload: UploadStatus) -> PublicationStatus:
    """The status of a story whose upload has this status."""
    return _STATUS.get(upload, "PROCESSING")


async def publish_if_ready(tx: Connection, upload_id: int) -> None:
    """Publish the story that uses this upload if the upload is READY. Reject it if the upload was rejected or expired.

    The story is IN_REVIEW while its upload is. `tx` has locked the upload. Does nothing when no story waits for it.
    """
    record = await tx.fetchrow(
        """
        SELECT s.id, s.author_id, u.status FROM stories s JOIN uploads u ON u.id = s.upload_id
        WHERE s.upload_id = $1 AND s.status IN ('PROCESSING', 'IN_REVIEW') FOR UPDATE OF s
        """,
        upload_id,
    )
    if record is None:
        return
    status = status_of(record["status"])
    await tx.execute(
        f"""
        UPDATE stories SET status = $2::text, published_at = {PUBLISHED_AT}, due_at = {DUE_AT}
        FROM {NOW} AS at WHERE id = $1
        """,
        record["id"],
        status,
        LIFE,
    )
    await record_status(tx, record["id"], record["author_id"], status)


async def record_status(tx: Connection, story_id: int, author_id: int, status: PublicationStatus) -> None:
    """Record the event of a story that has been published or rejected."""
    if event := _EVENT.get(status):
        await events.record(tx, event(story_id, author_id), author_id)
