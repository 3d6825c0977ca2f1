"""The home feed."""

from domain.feed import home as feed
from domain.posts.rows import Post
from kit.paging import Page
from resolvers.context import Context


async def home(context: Context, first: int, after: str | None, order: str) -> Page[Post]:
    """A page of the viewer's home feed. Raises Unauthenticated, BadUserInput."""
    services, viewer_id = context.services, context.require_viewer()

    def rebuild() -> None:
        services.background.spawn(services.timeline.rebuild(services.db, viewer_id), "feed rebuild")

    return await feed.page(
        services.db,
        services.timeline,
        viewer_id,
        context.page(("feed", order), first, after),
        load_posts=context.loaders.post_by_id.load_many,
        load_users=context.loaders.user_by_id.load_many,
        rebuild=rebuild,
    )
