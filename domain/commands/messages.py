"""Commands for conversations and messages."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from clients.redis import RedisError
from domain import privacy
from domain.accounts.rows import User
from domain.messages import actions, log, members
from domain.messages.actions import Said
from domain.messages.log import Logged
from domain.messages.rows import Attached, Conversation, Member, Message
from domain.posts.rows import Post
from domain.stories.rows import Story
from domain.viewer.noun import load_known
from domain.viewer.viewer import Viewer
from kit.batching import Loader
from kit.errors import mistake

logger = logging.getLogger(__name__)


async def start_conversation(
    viewer: Viewer, user_ids: Sequence[int], title: str | None, key: str | None
) -> Conversation | None:
    """The conversation with one other user, created if there is none yet; or a new group with several.

    `key` is the idempotency key.
    """
    viewer_id, wanted = viewer.require_id(), list(dict.fromkeys(user_ids))

    async def attempt() -> tuple[int, Logged]:
        others = await _people(viewer, wanted)
        return await members.start(await viewer.writable(), viewer.parts.keys, viewer_id, others, title, key)

    conversation_id, logged = await viewer.retry_on_conflict(attempt)
    return await _announced(viewer, conversation_id, logged)


async def add_members(viewer: Viewer, conversation_id: int, user_ids: Sequence[int]) -> Conversation | None:
    """Add users to a group. Users who are members already stay members."""
    wanted = list(dict.fromkeys(user_ids))

    async def write(conversation: Conversation) -> Logged:
        others = await _people(viewer, wanted)
        return await members.add(await viewer.writable(), viewer.require_id(), conversation, others)

    return await _change(viewer, conversation_id, write)


async def remove_member(viewer: Viewer, conversation_id: int, user_id: int) -> Conversation | None:
    """Remove a user from a group whose admin the viewer is."""

    async def write(conversation: Conversation) -> Logged:
        return await members.remove(await viewer.writable(), viewer.require_id(), conversation, user_id)

    return await _change(viewer, conversation_id, write)


async def leave_conversation(viewer: Viewer, conversation_id: int) -> Conversation | None:
    """Leave a group; or decline a request, or remove a direct conversation from the viewer's inbox."""

    async def write(conversation: Conversation) -> Logged:
        return await members.leave(await viewer.writable(), viewer.require_id(), conversation)

    return await _change(viewer, conversation_id, write)


async def accept_conversation(viewer: Viewer, conversation_id: int) -> Conversation | None:
    """Accept a message request: the conversation moves to the inbox."""

    async def write(conversation: Conversation) -> Logged:
        await members.accept(await viewer.writable(), viewer.require_id(), conversation)
        return []

    return await _change(viewer, conversation_id, write)


async def send_message(
    viewer: Viewer,
    *,
    conversation_id: int,
    text: str | None,
    attachment: tuple[int, int] | None,
    upload_id: int | None,
    reply_to_id: int | None,
    key: str | None,
) -> Message | None:
    """Send a message. `attachment` is the (tag, ID) of a post or story, `upload_id` a photo of the viewer.

    `key` is the idempotency key.
    """
    viewer_id, parts = viewer.require_id(), viewer.parts

    async def attempt() -> tuple[Message | int, Logged]:
        conversation = await _conversation(viewer, conversation_id)
        others = await _other(viewer, conversation)
        said = Said(
            text,
            await _attached(viewer, attachment),
            upload_id,
            await _replied_to(viewer, conversation, reply_to_id),
        )
        return await actions.send(await viewer.writable(), parts.keys, viewer_id, conversation, others, said, key)

    sent, logged = await viewer.retry_on_conflict(attempt)
    await _announce(viewer, logged)
    if isinstance(sent, Message):
        return viewer.conversations.sent(conversation_id, sent)
    return await viewer.conversations.message.load(sent)


async def unsend_message(viewer: Viewer, message_id: int) -> Message | None:
    """Unsend a message of the viewer for all members."""
    message = await _message(viewer, message_id)
    await _announce(viewer, await actions.unsend(await viewer.writable(), viewer.require_id(), message))
    viewer.forget()
    return await viewer.conversations.message.load(message_id)


async def mark_conversation_read(viewer: Viewer, conversation_id: int, message_id: int) -> Conversation | None:
    """Mark all messages up to one as read by the viewer."""

    async def write(conversation: Conversation) -> Logged:
        message = await _message(viewer, message_id)
        if message.conversation_id != conversation.id:
            raise mistake("NOT_FOUND", "This conversation has no message with this ID that you can read.", "messageId")
        return await actions.mark_read(await viewer.writable(), viewer.require_id(), message)

    return await _change(viewer, conversation_id, write)


async def set_typing(viewer: Viewer, conversation_id: int, *, is_typing: bool) -> Conversation:
    """Tell the other members that the viewer is typing, or has stopped. Nothing is stored."""
    conversation = await _conversation(viewer, conversation_id)
    await _other(viewer, conversation)
    await viewer.require_session()
    await _announce(viewer, log.typing(conversation, own_membership(viewer, conversation), is_typing=is_typing))
    return conversation


def own_membership(viewer: Viewer, conversation: Conversation) -> Member:
    """The viewer's membership in a conversation that they can see."""
    member = conversation.member(viewer.id)
    assert member is not None  # else they could not see it
    return member


async def _people(viewer: Viewer, wanted: Sequence[int]) -> list[User]:
    """The users whom the viewer wants to write to. Raises UserErrors."""
    if not 1 <= len(wanted) < members.MAX_MEMBERS:
        raise mistake(
            "TOO_MANY" if wanted else "REQUIRED", f"Expected 1 to {members.MAX_MEMBERS - 1} user IDs.", "userIds"
        )
    if viewer.id in wanted:
        raise mistake("INVALID", "Do not include your own ID: you are always a member.", "userIds")
    users = await load_known(viewer.users.by_id, wanted)
    for n, user in enumerate(users):
        if user is None or not privacy.can_interact(user):
            raise mistake(
                "NOT_FOUND", "The user does not exist, or you cannot send messages to them.", "userIds", str(n)
            )
    return [user for user in users if user]


async def _other(viewer: Viewer, conversation: Conversation) -> list[User]:
    """The other user of a direct conversation, whom the viewer may write to; empty for a group. Raises UserErrors."""
    if conversation.is_group:
        return []
    [user] = await load_known(viewer.users.by_id, [conversation.other(viewer.id)])
    if user is None or not privacy.can_interact(user):
        raise mistake("NOT_ALLOWED", "You cannot send messages to this user.", "conversationId")
    return [user]


async def _attached(viewer: Viewer, attachment: tuple[int, int] | None) -> Attached | None:
    if attachment is None:
        return None
    tag, id = attachment
    loaders: dict[int, Loader[int, Any]] = {Post.TAG: viewer.posts.by_id, Story.TAG: viewer.stories.by_id}
    if tag not in loaders or await loaders[tag].load(id) is None:
        raise mistake("NOT_FOUND", "The post or story does not exist, or you cannot see it.", "attachmentId")
    return Attached(tag, id)


async def _replied_to(viewer: Viewer, conversation: Conversation, message_id: int | None) -> Message | None:
    if message_id is None:
        return None
    [message] = await load_known(viewer.conversations.message, [message_id])
    if message is None or message.conversation_id != conversation.id:
        raise mistake("NOT_FOUND", "This conversation has no message with this ID that you can read.", "replyToId")
    return message


async def _conversation(viewer: Viewer, conversation_id: int) -> Conversation:
    [found] = await load_known(viewer.conversations.by_id, [conversation_id])
    if found is None:
        raise actions.gone()
    return found


async def _message(viewer: Viewer, message_id: int) -> Message:
    [found] = await load_known(viewer.conversations.message, [message_id])
    if found is None:
        raise mistake("NOT_FOUND", "The message does not exist, or you cannot see it.", "messageId")
    return found


async def _change(
    viewer: Viewer, conversation_id: int, write: Callable[[Conversation], Awaitable[Logged]]
) -> Conversation | None:
    """Change a conversation of the viewer and announce it. None where the viewer has left it. Raises UserErrors."""

    async def attempt() -> Logged:
        return await write(await _conversation(viewer, conversation_id))

    return await _announced(viewer, conversation_id, await viewer.retry_on_conflict(attempt))


async def _announced(viewer: Viewer, conversation_id: int, logged: Logged) -> Conversation | None:
    await _announce(viewer, logged)
    viewer.forget()
    return await viewer.conversations.by_id.load(conversation_id)


async def _announce(viewer: Viewer, logged: Logged) -> None:
    """Publish hints to open streams. The log has the events: while Redis is away, streams find them by polling."""
    try:
        await log.announce(viewer.parts.live, logged)
    except (RedisError, OSError, TimeoutError) as error:
        logger.warning("%d streams got no hint: %r", len(logged), error)
