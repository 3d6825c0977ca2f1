"""How the viewer and others stand to each other."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from clients.postgres import Database
from domain import privacy
from domain import relationships as actions
from domain.accounts import reads as accounts
from domain.accounts.rows import User
from domain.accounts.tokens import Access
from domain.graph import reads
from domain.graph.rows import Kind, Relationship
from domain.rows import number_of
from kit import ids
from kit.errors import mistake
from kit.paging import Edge, Page
from resolvers.context import Context
from resolvers.paging import pages

Answer = dict[str, Any]
Pages = list[Page[User] | Exception]


async def followers(context: Context, users: Sequence[User], first: int, after: str | None) -> Pages:
    """For each, a page of their followers, newest first."""
    fetch = partial(reads.pages_of_followers, context.services.db)
    load = context.loaders.load_actors
    return await pages(context, "followers", users, first, after, fetch, load, privacy.sees_content)


async def following(context: Context, users: Sequence[User], first: int, after: str | None) -> Pages:
    """For each, a page of whom they follow, newest first."""
    fetch = partial(reads.pages_of_followees, context.services.db)
    load = context.loaders.user_by_id.load_many
    return await pages(context, "following", users, first, after, fetch, load, privacy.sees_content)


async def requests(context: Context, viewers: Sequence[Access], first: int, after: str | None) -> Pages:
    """For each session, a page of who asks to follow the viewer, newest first."""
    fetch = partial(reads.pages_of_requests, context.services.db)
    return await pages(context, "followRequests", viewers, first, after, fetch, context.loaders.user_by_id.load_many)


async def blocked(context: Context, viewers: Sequence[Access], first: int, after: str | None) -> Pages:
    """For each session, a page of whom the viewer has blocked, newest first."""
    fetch = partial(reads.pages_of_blocked, context.services.db)
    return await pages(context, "blockedUsers", viewers, first, after, fetch, context.loaders.user_by_id.load_many)


def made_at(context: Context, edge: Edge[Any]) -> datetime:
    """When the row that puts this edge in its list was made: the list is ordered by its ids."""
    return ids.made_at(edge.position[0])


async def follower_counts(context: Context, users: Sequence[User]) -> list[int]:
    """How many follow each of them, but for those across a block from the viewer."""
    hidden = await context.loaders.hidden_follows_by_user.load_many([user.id for user in users])
    return [
        max(context.number("user.followers", user.id, user.follower_count) - unknown, 0)
        for user, (unknown, _) in zip(users, hidden, strict=True)
    ]


async def following_counts(context: Context, users: Sequence[User]) -> list[int]:
    """How many each of them follows, but for those who block the viewer."""
    hidden = await context.loaders.hidden_follows_by_user.load_many([user.id for user in users])
    return [max(user.following_count - unknown, 0) for user, (_, unknown) in zip(users, hidden, strict=True)]


Act = Callable[[Database, int, User], Awaitable[int | None]]


Own = Callable[[Relationship], int]
"""What there is that the viewer may withdraw: 0 where there is nothing."""


def _relate(act: Act, title: str, own: Own | None = None) -> Callable[[Context, str], Awaitable[Answer]]:
    """The resolver of a mutation that does `act` to somebody: {user} as they are then.

    One that withdraws what is `own` works on people whom the viewer cannot see too; {user} is null then.
    """

    async def resolve(context: Context, user_id: str) -> Answer:
        return await _change(context, user_id, act, own)

    resolve.__name__ = resolve.__qualname__ = title
    resolve.__doc__ = f"{act.__doc__} Gives {{user}}. Raises BadUserInput too."
    return resolve


async def set_close_friend(context: Context, user_id: str, is_close_friend: bool) -> Answer:
    """Put somebody among the viewer's close friends, or out of them: {user}. Raises UserErrors, BadUserInput."""
    return await _change(
        context,
        user_id,
        lambda db, viewer_id, user: actions.set_close_friend(db, viewer_id, user, is_close_friend),
        None if is_close_friend else lambda relationship: relationship.by_viewer & Kind.CLOSE_FRIEND,
    )


async def set_story_notifications(context: Context, user_id: str, enabled: bool) -> Answer:
    """Have the viewer told of somebody's stories, or no longer: {user}. Raises UserErrors, BadUserInput."""
    return await _change(
        context,
        user_id,
        lambda db, viewer_id, user: actions.set_story_notifications(db, viewer_id, user, enabled),
        None if enabled else lambda relationship: relationship.by_viewer & Kind.STORY_NOTIFICATIONS,
    )


async def _change(context: Context, user_id: str, act: Act, own: Own | None) -> Answer:
    number, viewer_id = number_of(User, user_id), context.require_viewer()

    async def attempt() -> None:
        user = await context.loaders.user_by_id.load(number)
        if user is None and own is not None:
            hidden = await accounts.hidden_user(context.services.db, viewer_id, number)
            user = hidden if hidden is not None and own(hidden.relationship) else None
        if user is None:
            raise mistake("NOT_FOUND", "The user does not exist, or you cannot see them.", "userId")
        followers = await act(context.services.db, viewer_id, user)
        if followers is not None:
            context.counted["user.followers", number] = followers

    await context.retry_on_conflict(attempt)
    context.forget()
    return {"user": await context.loaders.user_by_id.load(number)}


follow = _relate(actions.follow, "follow")
unfollow = _relate(
    actions.unfollow, "unfollow", lambda relationship: relationship.by_viewer & (Kind.FOLLOW | Kind.REQUEST)
)
accept = _relate(actions.accept, "accept")
decline = _relate(actions.decline, "decline", lambda relationship: relationship.of_viewer & Kind.REQUEST)
remove_follower = _relate(
    actions.remove_follower, "remove_follower", lambda relationship: relationship.of_viewer & Kind.FOLLOW
)
block = _relate(actions.block, "block")
unblock = _relate(actions.unblock, "unblock", lambda relationship: relationship.by_viewer & Kind.BLOCK)
mute = _relate(actions.mute, "mute")
unmute = _relate(actions.unmute, "unmute", lambda relationship: relationship.by_viewer & Kind.MUTE)
