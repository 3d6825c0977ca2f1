"""What people were shown."""

from typing import Any

from domain.feed import impressions
from domain.feed.impressions import Shown
from domain.posts.rows import Post
from domain.rows import number_of
from resolvers.context import Context
from resolvers.loaders import load_known


async def record(context: Context, input: Any) -> dict[str, Any]:
    """Posts were shown to the viewer: {recorded}. Raises UserErrors, BadUserInput."""
    shown = [Shown(number_of(Post, each.post_id), each.position, each.order.value) for each in input.impressions]
    impressions.check(shown)
    posts = await load_known(context.loaders.post_by_id, [each.post_id for each in shown])
    viewer_id = context.require_viewer()
    return {"recorded": await impressions.record(context.services.db, viewer_id, shown, posts, context.now)}
