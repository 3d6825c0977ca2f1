"""Resolvers of the home feed."""

from collections.abc import AsyncIterator
from functools import partial

from domain.feed.home import reason
from domain.posts.rows import Post
from kit.cursor import Position
from kit.paging import Edge, Page
from kit.selection import Asked
from resolvers.context import Context

LOOK_EVERY = 5.0


async def home(context: Context, asked: Asked, first: int, after: str | None, order: str) -> Page[Post]:
    """A page of the viewer's home feed. Raises Unauthenticated, BadUserInput."""
    viewer_id, feeds = context.require_viewer(), context.services.home
    load_posts, load_users = partial(context.viewer.posts.hydrate, asked=asked), context.viewer.users.by_id.load_many
    if order == "RANKED":
        request = context.page(("ranked feed",), first, after)
        return await feeds.ranked(viewer_id, request, context.now, load_posts=load_posts, load_users=load_users)
    request = context.page(("feed", order), first, after)
    return await feeds.by_time(viewer_id, request, load_posts=load_posts, load_users=load_users)


async def watch(context: Context) -> AsyncIterator[bool]:
    """Yield True whenever the feed has a newer first post. Ends when the token expires.

    Costs a round trip to Redis every 5 s, and reads a page of one post when there is something new.
    """
    viewer_id, feeds = context.require_viewer(), context.services.home
    newest = await feeds.skeleton(viewer_id, None, 1)
    async with context.services.streams.listen(context.require_access()) as stream:
        while True:
            await stream.hint(within=LOOK_EVERY)
            found = await feeds.skeleton(viewer_id, None, 1)
            before, newest = newest, max(found, newest)
            if newest > before and await _sees_newer(context, before):
                yield True


async def _sees_newer(context: Context, newest: list[Position]) -> bool:
    context.forget()
    page = await home(context, {}, 1, None, "CHRONOLOGICAL")
    return bool(page.items) and [page.items[0][0]] > newest


def reasons(context: Context, edge: Edge[Post]) -> str:
    """Why the feed contains the post."""
    return reason(edge.node, edge.position, context.viewer_id)
