"""Commands for impressions."""

from collections.abc import Sequence

from domain.feed import impressions
from domain.feed.impressions import Shown
from domain.viewer.noun import load_known
from domain.viewer.viewer import Viewer


async def record_impressions(viewer: Viewer, shown: Sequence[Shown]) -> int:
    """Record that posts were shown to the viewer. Returns how many were recorded."""
    viewer_id = viewer.require_id()
    impressions.check(shown)
    posts = await load_known(viewer.posts.by_id, [each.post_id for each in shown])
    return await impressions.record(await viewer.writable(), viewer_id, shown, posts, viewer.now)
