"""Commands for relationships: follow, block, mute, close friends, story notifications.

Each returns the other user as the viewer sees them afterwards. What a user has started (a follow, a request, a block, a
mute, a close-friends entry, story notifications) they can withdraw from users whom they can no longer see; the result
is None then.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from clients.postgres import Database
from domain import relationships as actions
from domain.accounts import reads as accounts
from domain.accounts.rows import User
from domain.graph.rows import Kind, Relationship
from domain.viewer.viewer import Viewer
from kit.errors import mistake

Write = Callable[[Database, int, User], Awaitable[int | None]]
"""A write of `domain.relationships`: the new follower count of the user, or None where it is unchanged."""

Withdrawable = Callable[[Relationship], int]
"""What the viewer may withdraw of a relationship: 0 for nothing."""


async def follow(viewer: Viewer, user_id: int) -> User | None:
    """Follow a user, or ask to follow a private account."""
    return await _change(viewer, user_id, actions.follow)


async def unfollow(viewer: Viewer, user_id: int) -> User | None:
    """Stop following a user, or withdraw the request."""
    return await _change(viewer, user_id, actions.unfollow, lambda each: each.by_viewer & (Kind.FOLLOW | Kind.REQUEST))


async def accept_follow_request(viewer: Viewer, user_id: int) -> User | None:
    """Accept a user's request to follow the viewer."""
    return await _change(viewer, user_id, actions.accept)


async def decline_follow_request(viewer: Viewer, user_id: int) -> User | None:
    """Decline a user's request to follow the viewer. They are not notified."""
    return await _change(viewer, user_id, actions.decline, lambda each: each.of_viewer & Kind.REQUEST)


async def remove_follower(viewer: Viewer, user_id: int) -> User | None:
    """Remove a user from the viewer's followers. They are not notified."""
    return await _change(viewer, user_id, actions.remove_follower, lambda each: each.of_viewer & Kind.FOLLOW)


async def block(viewer: Viewer, user_id: int) -> User | None:
    """Block a user. Follows, requests, story notifications and close friendship end in both directions."""
    return await _change(viewer, user_id, actions.block)


async def unblock(viewer: Viewer, user_id: int) -> User | None:
    """Unblock a user. What the block ended is not restored."""
    return await _change(viewer, user_id, actions.unblock, lambda each: each.by_viewer & Kind.BLOCK)


async def mute(viewer: Viewer, user_id: int) -> User | None:
    """Keep a user's posts, stories and actions out of the viewer's feed, story tray and notifications."""
    return await _change(viewer, user_id, actions.mute)


async def unmute(viewer: Viewer, user_id: int) -> User | None:
    """Withdraw a mute."""
    return await _change(viewer, user_id, actions.unmute, lambda each: each.by_viewer & Kind.MUTE)


async def set_close_friend(viewer: Viewer, user_id: int, *, is_close_friend: bool) -> User | None:
    """Add a user to the viewer's close friends, or remove them. They are not notified."""
    write = partial(actions.set_close_friend, is_close_friend=is_close_friend)
    return await _change(viewer, user_id, write, None if is_close_friend else lambda e: e.by_viewer & Kind.CLOSE_FRIEND)


async def set_story_notifications(viewer: Viewer, user_id: int, *, enabled: bool) -> User | None:
    """Turn notifications about the stories of a user, whom the viewer follows, on or off."""
    write = partial(actions.set_story_notifications, enabled=enabled)
    return await _change(viewer, user_id, write, None if enabled else lambda e: e.by_viewer & Kind.STORY_NOTIFICATIONS)


async def _change(viewer: Viewer, user_id: int, write: Write, own: Withdrawable | None = None) -> User | None:
    async def attempt() -> None:
        user = await viewer.users.by_id.load(user_id)
        db = await viewer.writable()
        if user is None and own is not None:
            hidden = await accounts.hidden_user(db, viewer.require_id(), user_id)
            user = hidden if hidden is not None and own(hidden.relationship) else None
        if user is None:
            raise mistake("NOT_FOUND", "The user does not exist, or you cannot see them.", "userId")
        followers = await write(db, viewer.require_id(), user)
        if followers is not None:
            viewer.counts["user.followers", user_id] = followers

    await viewer.retry_on_conflict(attempt)
    viewer.forget()
    return await viewer.users.by_id.load(user_id)
