"""What happens, as it happens."""

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
"""Events read from the log at a time: as many as may be told by what was true when they were read."""


class Happened(msgspec.Struct, frozen=True):
    """An event in one of the viewer's conversations; `cursor` is None for what is not kept."""

    cursor: str | None
    conversation: Conversation


class Sent(Happened, frozen=True):
    """Something was said."""

    message: Message


class Unsent(Happened, frozen=True):
    """Something was taken back."""

    message: Message


class Read(Happened, frozen=True):
    """Somebody has read up to where their membership tells."""

    member: Member


class Typing(Happened, frozen=True):
    """Somebody began or ceased to write."""

    member: Member
    is_typing: bool


class MembersChanged(Happened, frozen=True):
    """Somebody came into a group, or is in it no more."""

    user_id: int
    is_member: bool


async def conversation_events(
    context: Context, conversation_id: str | None, after: str | None
) -> AsyncIterator[Happened]:
    """What happens in the viewer's conversations, or one of them: first what came after the cursor, in order, once.

    Ends when the viewer leaves that one, or of its two people one blocks the other. Raises BadUserInput, CursorExpired,
    and Unauthenticated when the right to listen is over.
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
    """Where in the log the stream begins."""
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
    """What is in the log beyond the stream's position, then what is heard: each entry of the log once, in order."""
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
    """The event as the viewer sees it; None where it is not theirs to see."""
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
    """Whether the viewer is to know what somebody does here."""
    user: User | None = await context.viewer.users.by_id.load(user_id)
    return user is not None and privacy.can_interact(user)


async def who(context: Context, events: Sequence[MembersChanged]) -> list[User | None]:
    """Who came or went, None for somebody whom the viewer may not see."""
    return await load_known(context.viewer.users.by_id, [event.user_id for event in events])


async def cursors(context: Context, viewers: Sequence[Access]) -> list[str]:
    """Where the viewer's log stands now, for each session (which is only ever the viewer's)."""
    _, newest = await log.stand(context.services.db, context.require_viewer())
    return [context.services.cursors.seal(_scope(context), (newest,)) for _ in viewers]


def _scope(context: Context) -> bytes:
    """What the cursors of a log are bound to."""
    return repr(("conversationEvents", context.viewer_id)).encode()
