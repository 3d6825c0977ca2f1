"""What an upload leads to when its status changes: a post or story is published, or a profile picture is shown."""

from clients.postgres import Connection
from domain.accounts import avatars
from domain.posts import publication as posts
from domain.stories import publication as stories


async def publish_if_ready(tx: Connection, upload_id: int) -> None:
    """Update the status of the post, story or profile picture that uses this upload.

    `tx` has changed and so locked the upload. Every transaction locks uploads (by ID) before posts and users. When two
    transactions finish the last two media of a post, the second waits for the lock of the post. It then sees what the
    first has committed, so exactly one of them publishes the post.
    """
    used = await tx.fetchrow(
        """
        SELECT a.id, a.post_id, u.owner_id, u.status FROM attachments a JOIN uploads u ON u.id = a.upload_id
        WHERE a.upload_id = $1
        """,
        upload_id,
    )
    if used is None:
        await stories.publish_if_ready(tx, upload_id)
    elif used["post_id"] is not None:
        await posts.publish_if_ready(tx, used["post_id"])
    elif used["status"] == "READY":
        await avatars.show(tx, used["owner_id"], upload_id, used["id"])
