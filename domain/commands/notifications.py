"""Commands for notifications."""

from datetime import datetime

from domain import channels
from domain.notifications import reads
from domain.viewer.viewer import Viewer

READ_HINT = "read"


async def mark_notifications_read(viewer: Viewer, up_to: datetime) -> None:
    """Mark all notifications that were updated at or before an instant as read."""
    viewer_id = viewer.require_id()
    if await reads.mark_read(await viewer.writable(), viewer_id, up_to):
        await viewer.parts.streams.publish(channels.notifications_of(viewer_id), READ_HINT)
