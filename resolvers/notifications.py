"""Resolvers of notifications."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from domain import channels
from domain.accounts.rows import User
from domain.accounts.tokens import Access
from domain.commands import notifications as commands
from domain.comments.rows import Comment
from domain.notifications import reads, summary_text
from domain.notifications.rows import OWN, Notification
from domain.posts.rows import Post
from domain.stories.rows import Story
from domain.viewer.noun import load_known
from kit.errors import CursorExpired
from kit.paging import Page
from resolvers.context import Context
from resolvers.paging import own_page, pages

LOOK_AGAIN = 5.0
PAGE_SIZE = 50
MAX_REPLAYED = 1000
"""Notifications that one cursor can replay. A client that has missed more reads the list instead."""

READ = "read"


class Received(msgspec.Struct, frozen=True):
    """An event: a notification that was created or updated, its viewer, and the cursor of the event."""

    cursor: str
    notification: Notification
    viewer: Access


class MarkedRead(msgspec.Struct, frozen=True):
    """An event: the viewer has read all notifications up to an instant."""

    up_to: datetime
    viewer: Access


async def listed(context: Context, first: int, after: str | None) -> Page[Notification]:
    """A page of the viewer's notifications, most recently updated first. Raises Unauthenticated, BadUserInput."""
    fetch = partial(reads.page, context.services.db, context.require_viewer())
    load = context.viewer.notifications.by_id.load_many
    return await own_page(context, "notifications", first, after, fetch, load)


async def unread_counts(context: Context, viewers: Sequence[Access]) -> list[int]:
    """The number of unread notifications, for each session (which is always the viewer's)."""
    count = await reads.unread(context.services.db, context.require_viewer())
    return [count for _ in viewers]


async def actors(
    context: Context, notifications: Sequence[Notification], first: int, after: str | None
) -> list[Page[User] | Exception]:
    """A page of the actors of each notification, newest first."""
    fetch = partial(reads.pages_of_actors, context.services.db)

    async def load(ids: Sequence[int]) -> list[User | None]:
        heard = {user.id: user for user in summary_text.heard(await context.viewer.users.by_id.load_many(ids))}
        return [heard.get(id) for id in ids]

    return await pages(context, "actors", notifications, first, after, fetch, load, lambda each: each.kind not in OWN)


async def actor_counts(context: Context, notifications: Sequence[Notification]) -> list[int]:
    """The number of actors of each notification, without users whom the viewer cannot see or has muted."""
    hidden = await context.viewer.notifications.hidden_actors.load_many([each.id for each in notifications])
    return [
        0 if each.kind in OWN else max(each.actor_count - unheard, 0)
        for each, unheard in zip(notifications, hidden, strict=True)
    ]


async def targets(
    context: Context, notifications: Sequence[Notification]
) -> list[Post | Comment | Story | User | None]:
    """The subject of each notification; None if it is deleted or the viewer can no longer see it."""
    viewer = context.viewer
    found: list[Post | Comment | Story | User | None] = [None] * len(notifications)
    for kind, loader in (
        (Post, viewer.posts.by_id),
        (Comment, viewer.comments.by_id),
        (Story, viewer.stories.by_id),
        (User, viewer.users.by_id),
    ):
        wanted = [each.target_id if each.target_tag == kind.TAG else None for each in notifications]
        rows: Sequence[Any] = await load_known(loader, wanted)
        found = [row or before for row, before in zip(rows, found, strict=True)]
    return found


async def summaries(context: Context, notifications: Sequence[Notification]) -> list[str]:
    """A sentence for each notification."""
    counts = await actor_counts(context, notifications)
    everybody = [id for each in notifications for id in each.actors]
    users = dict(zip(everybody, await load_known(context.viewer.users.by_id, everybody), strict=True))
    return [
        summary_text.summary(each, summary_text.heard([users[id] for id in each.actors]), count)
        for each, count in zip(notifications, counts, strict=True)
    ]


async def mark_read(context: Context, up_to: datetime) -> dict[str, Any]:
    """Mark all notifications that were updated at or before an instant as read: {viewer}."""
    await commands.mark_notifications_read(context.viewer, up_to)
    return {"viewer": context.access}


async def watch(context: Context, after: str | None) -> AsyncIterator[Received]:
    """Yield each notification that is created or updated after the cursor, or from now on, in order, once.

    Raises BadUserInput, CursorExpired, and Unauthenticated when the token has expired or the session has ended.
    """
    access, services = context.require_access(), context.services
    async with services.streams.listen(access, channels.notifications_of(access.user_id)) as stream:
        position = await _begin(context, after)
        while True:
            found = await reads.events_after(services.db, access.user_id, position, PAGE_SIZE)
            for seq, id in found:
                stream.check()
                context.forget()
                position = seq
                if notification := await context.viewer.notifications.by_id.load(id):
                    yield Received(_cursor(context, seq), notification, access)
            if len(found) < PAGE_SIZE:
                await stream.hint(within=LOOK_AGAIN)


async def _begin(context: Context, after: str | None) -> int:
    """The number of the event after which the stream begins."""
    db, viewer_id = context.services.db, context.require_viewer()
    newest = await reads.last_seq(db, viewer_id)
    if after is None:
        return newest
    [position] = context.services.cursors.open(_scope(context), after)
    missed = await reads.events_after(db, viewer_id, position, MAX_REPLAYED + 1)
    if position > newest or len(missed) > MAX_REPLAYED:
        raise CursorExpired(
            f"More than {MAX_REPLAYED:,} notifications were created since the cursor. Read `notifications` "
            "again, then subscribe."
        )
    return position


async def cursors(context: Context, viewers: Sequence[Access]) -> list[str]:
    """The cursor of the viewer's newest notification event, for each session (which is only ever the viewer's)."""
    seq = await reads.last_seq(context.services.db, context.require_viewer())
    return [_cursor(context, seq) for _ in viewers]


def _cursor(context: Context, seq: int) -> str:
    return context.services.cursors.seal(_scope(context), (seq,))


def _scope(context: Context) -> bytes:
    """The scope to which cursors of notification events are bound."""
    return repr(("notificationReceived", context.viewer_id)).encode()


async def watch_read(context: Context) -> AsyncIterator[MarkedRead]:
    """Yield the instant up to which the viewer has read, each time it changes, on any device."""
    access, services = context.require_access(), context.services
    async with services.streams.listen(access, channels.notifications_of(access.user_id)) as stream:
        before = await reads.read_up_to(services.db, access.user_id)
        while True:
            await stream.hint(within=LOOK_AGAIN)
            now = await reads.read_up_to(services.db, access.user_id)
            if now is not None and now != before:
                context.forget()
                yield MarkedRead(now, access)
            before = now
