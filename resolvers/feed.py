"""The home feed."""

from functools import partial

from domain.feed.home import reason
from domain.posts.rows import Post
from kit.lookahead import Asked
from kit.paging import Edge, Page
from resolvers.context import Context


async def home(context: Context, asked: Asked, first: int, after: str | None, order: str) -> Page[Post]:
    """A page of the viewer's home feed. Raises Unauthenticated, BadUserInput."""
    viewer_id, feeds = context.require_viewer(), context.services.home
    request = context.page(("feed", order), first, after)
    load_posts, load_users = partial(context.loaders.hydrate, asked=asked), context.loaders.user_by_id.load_many
    if order == "RANKED":
        return await feeds.ranked(viewer_id, request, context.now, load_posts=load_posts, load_users=load_users)
    return await feeds.by_time(viewer_id, request, load_posts=load_posts, load_users=load_users)


def reasons(context: Context, edge: Edge[Post]) -> str:
    """Why the post is there."""
    return reason(edge.node, edge.position, context.viewer_id)
