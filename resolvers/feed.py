"""The home feed."""

from functools import partial

from domain.posts.rows import Post
from kit.lookahead import Asked
from kit.paging import Page
from resolvers.context import Context


async def home(context: Context, asked: Asked, first: int, after: str | None, order: str) -> Page[Post]:
    """A page of the viewer's home feed. Raises Unauthenticated, BadUserInput."""
    viewer_id = context.require_viewer()
    return await context.services.home.page(
        viewer_id,
        context.page(("feed", order), first, after),
        load_posts=partial(context.loaders.hydrate, asked=asked),
        load_users=context.loaders.user_by_id.load_many,
    )
