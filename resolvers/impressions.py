"""Resolvers of impressions."""

from typing import TYPE_CHECKING

from domain.commands import impressions as commands

if TYPE_CHECKING:
    from schema.feed import RecordImpressionsInput

from typing import Any

from domain.feed.impressions import Shown
from domain.posts.rows import Post
from domain.rows import number_of
from resolvers.context import Context


async def record(context: Context, input: "RecordImpressionsInput") -> dict[str, Any]:
    """Record that posts were shown to the viewer: {recorded}."""
    shown = [Shown(number_of(Post, each.post_id), each.position, each.order.name) for each in input.impressions]
    return {"recorded": await commands.record_impressions(context.viewer, shown)}
