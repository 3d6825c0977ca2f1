"""Resolvers of `conversationEvents`."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

import msgspec

from clients.broadcast import GAP
from domain import channels, privacy
from domain.accounts.rows import User
from domain.accounts.tokens import Access
from domain.messages import log
from domain.messages.log import Entry, Kind
from domain.messages.reads import Told
from domain.messages.rows import Conversation, Member, Message
from domain.rows import number_of
from domain.streams import Stream, StreamRevokedError
from domain.viewer.noun import load_known
from kit.errors import BadUserInput, CursorExpired
from resolvers.context import Context

REPLAYED = 50
"""Events read from the log at a time. The state of their subjects is read once for all of them."""


class Happened(msgspec.Struct, frozen=True):
    """An event in one of the viewer's conversations. `cursor` is None for events that are not stored."""

    cursor: str | None
    conversation: Conversation


class Sent(Happened, frozen=True):
    """A message was sent."""

    message: Message


class Unsent(Happened, frozen=True):
    """A message was unsent."""

    message: Message


class Read(Happened, frozen=True):
    """A member has read up to the message that the membership names."""

    member: Member


class Typing(Happened, frozen=True):
    """A member started or stopped typing."""

    member: Member
    is_typing: bool


class MembersChanged(Happened, frozen=True):
    """A user joined or left a group."""

    user_id: int
    is_member: bool


async def conversation_events(
    context: Context, conversation_id: str | None, after: str | None
) -> AsyncIterator[Happened]:
    """Yield the events of the viewer's conversations, or of one: first those after the cursor, in order, once each.

    Ends when the viewer leaves that conversation, or one of its two users blocks the other. Raises BadUserInput,
    CursorExpired, and Unauthenticated when the token expires or the session ends.
    """
    access = context.require_access()
    only = number_of(Conversation, conversation_id) if conversation_id is not None else 0
    if conversation_id is not None and not await context.viewer.conversations.by_id.load(only):
        raise BadUserInput("The conversation does not exist, or you are not a member.")
    channel = channels.conversations_of(access.user_id)
    async with context.services.streams.listen(access, channel, only) as stream:
        try:
            stream.position = await _begin(context, after)
            async with aclosing(_entries(context, stream)) as entries:
                async for entry, told in entries:
                    context.forget()
                    happened = await _happened(context, entry, told)
                    if happened is not None:
                        yield happened
        except StreamRevokedError:
            return


async def _begin(context: Context, after: str | None) -> int:
    """The position in the log after which the stream begins."""
    floor, newest = await log.stand(context.services.db, context.require_viewer())
    if after is None:
        return newest
    [position] = context.services.cursors.open(_scope(context), after)
    if not floor <= position <= newest:
        raise CursorExpired(
            "The cursor is too old. Read `conversations` again, then subscribe with the new `conversationEventsCursor`."
        )
    return position


async def _entries(context: Context, stream: Stream) -> AsyncGenerator[tuple[Entry, Told]]:
    """Yield the log after the stream's position, then entries as they are announced: each once, in order."""
    assert stream.position is not None
    services, viewer_id, behind = context.services, context.require_viewer(), True
    while True:
        entries: list[Entry] = []
        if behind:
            entries = await log.after(services.db, viewer_id, stream.position, REPLAYED)
            behind = len(entries) == REPLAYED
            if entries and entries[0].seq != stream.position + 1:
                raise CursorExpired(
                    "The events after the cursor are no longer stored. Read `conversations` again, "
                    "then subscribe with the new cursor."
                )
        else:
            hint = await stream.hint()
            heard = None if hint == GAP else log.heard(hint)
            behind = heard is None or heard.seq > stream.position + 1
            if heard is not None and heard.seq in (0, stream.position + 1):
                entries = [heard]
        position = entries[-1].seq if entries and entries[-1].seq else stream.position
        entries = [entry for entry in entries if stream.conversation_id in (0, entry.conversation_id)]
        if entries:
            for entry, told in zip(entries, await services.messages.told(entries), strict=True):
                stream.check()
                stream.position = entry.seq or stream.position
                yield entry, told
        stream.position = position


async def _happened(context: Context, entry: Entry, told: Told) -> Happened | None:
    """The event as the viewer sees it; None if they may not see it."""
    conversation, message = context.viewer.conversations.of_event(told)
    if conversation is None:
        return None
    cursor = context.services.cursors.seal(_scope(context), (entry.seq,)) if entry.seq else None
    match entry.kind:
        case Kind.SENT | Kind.UNSENT:
            kind = Sent if entry.kind is Kind.SENT else Unsent
            return kind(cursor, conversation, message) if message is not None else None
        case Kind.UNKNOWN:
            return None
        case Kind.CAME | Kind.LEFT:
            return MembersChanged(cursor, conversation, entry.subject_id, entry.kind is Kind.CAME)
    member = next((member for member in conversation.members if member.id == entry.subject_id), None)
    if member is None or not await _hears(context, member.user_id):
        return None
    if entry.kind is Kind.READ:
        return Read(cursor, conversation, member)
    return Typing(None, conversation, member, entry.kind is Kind.TYPES)


async def _hears(context: Context, user_id: int) -> bool:
    """Whether the viewer may see that a user reads or types."""
    user: User | None = await context.viewer.users.by_id.load(user_id)
    return user is not None and privacy.can_interact(user)


async def who(context: Context, events: Sequence[MembersChanged]) -> list[User | None]:
    """The user who joined or left; None if the viewer may not see them."""
    return await load_known(context.viewer.users.by_id, [event.user_id for event in events])


async def cursors(context: Context, viewers: Sequence[Access]) -> list[str]:
    """The cursor of the viewer's newest event, for each session (which is always the viewer's)."""
    _, newest = await log.stand(context.services.db, context.require_viewer())
    return [context.services.cursors.seal(_scope(context), (newest,)) for _ in viewers]


def _scope(context: Context) -> bytes:
    """The scope to which cursors of a log are bound."""
    return repr(("conversationEvents", context.viewer_id)).encode()
