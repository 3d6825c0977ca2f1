"""Resolvers of relationships between users."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from domain import privacy
from domain.accounts.rows import User
from domain.accounts.tokens import Access
from domain.commands import relationships as commands
from domain.graph import reads
from domain.rows import number_of
from domain.viewer.viewer import Viewer
from kit import ids
from kit.paging import Edge, Page
from resolvers.context import Context
from resolvers.paging import pages

Answer = dict[str, Any]
Pages = list[Page[User] | Exception]


async def followers(context: Context, users: Sequence[User], first: int, after: str | None) -> Pages:
    """For each user, a page of their followers, newest first."""
    fetch = partial(reads.pages_of_followers, context.services.db)
    load = context.viewer.users.actors
    return await pages(context, "followers", users, first, after, fetch, load, privacy.sees_content)


async def following(context: Context, users: Sequence[User], first: int, after: str | None) -> Pages:
    """For each user, a page of the users they follow, newest first."""
    fetch = partial(reads.pages_of_followees, context.services.db)
    load = context.viewer.users.by_id.load_many
    return await pages(context, "following", users, first, after, fetch, load, privacy.sees_content)


async def requests(context: Context, viewers: Sequence[Access], first: int, after: str | None) -> Pages:
    """For each session, a page of the users who have requested to follow the viewer, newest first."""
    fetch = partial(reads.pages_of_requests, context.services.db)
    return await pages(context, "followRequests", viewers, first, after, fetch, context.viewer.users.by_id.load_many)


async def blocked(context: Context, viewers: Sequence[Access], first: int, after: str | None) -> Pages:
    """For each session, a page of the users whom the viewer has blocked, newest first."""
    fetch = partial(reads.pages_of_blocked, context.services.db)
    return await pages(context, "blockedUsers", viewers, first, after, fetch, context.viewer.users.by_id.load_many)


def made_at(context: Context, edge: Edge[Any]) -> datetime:
    """When the row behind this edge was created. Lists are ordered by the IDs of these rows."""
    return ids.made_at(edge.position[0])


async def follower_counts(context: Context, users: Sequence[User]) -> list[int]:
    """The follower count of each user, without followers across a block from the viewer."""
    hidden = await context.viewer.users.hidden_follows.load_many([user.id for user in users])
    return [
        max(context.viewer.count("user.followers", user.id, user.follower_count) - unknown, 0)
        for user, (unknown, _) in zip(users, hidden, strict=True)
    ]


async def following_counts(context: Context, users: Sequence[User]) -> list[int]:
    """The number of users that each user follows, without those who block the viewer."""
    hidden = await context.viewer.users.hidden_follows.load_many([user.id for user in users])
    return [max(user.following_count - unknown, 0) for user, (_, unknown) in zip(users, hidden, strict=True)]


def _mutation(command: Callable[[Viewer, int], Awaitable[User | None]]) -> Callable[[Context, str], Awaitable[Answer]]:
    """The resolver of a command that takes the ID of another user: {user}."""

    async def resolve(context: Context, user_id: str) -> Answer:
        return {"user": await command(context.viewer, number_of(User, user_id))}

    resolve.__name__ = resolve.__qualname__ = command.__name__
    resolve.__doc__ = command.__doc__
    return resolve


follow = _mutation(commands.follow)
unfollow = _mutation(commands.unfollow)
accept = _mutation(commands.accept_follow_request)
decline = _mutation(commands.decline_follow_request)
remove_follower = _mutation(commands.remove_follower)
block = _mutation(commands.block)
unblock = _mutation(commands.unblock)
mute = _mutation(commands.mute)
unmute = _mutation(commands.unmute)


async def set_close_friend(context: Context, user_id: str, *, is_close_friend: bool) -> Answer:
    """Add a user to the viewer's close friends, or remove them: {user}."""
    number = number_of(User, user_id)
    return {"user": await commands.set_close_friend(context.viewer, number, is_close_friend=is_close_friend)}


async def set_story_notifications(context: Context, user_id: str, *, enabled: bool) -> Answer:
    """Turn notifications about a user's stories on or off: {user}."""
    return {"user": await commands.set_story_notifications(context.viewer, number_of(User, user_id), enabled=enabled)}
