"""Resolvers of conversations and messages."""

from typing import TYPE_CHECKING

from domain.commands import messages as commands

if TYPE_CHECKING:
    from schema.messages import SendMessageInput, StartConversationInput

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from domain import privacy
from domain.accounts.rows import User
from domain.accounts.tokens import Access
from domain.media.rows import Media, Photo, Upload
from domain.messages import reads
from domain.messages.rows import Attached, Conversation, Member, Message
from domain.messages.sealing import Unreadable
from domain.posts.rows import Post
from domain.rows import number_of
from domain.stories.rows import Story
from domain.viewer.noun import load_known
from kit.ids import decode
from kit.paging import Page
from resolvers.context import Context
from resolvers.paging import own_page, pages

Answer = dict[str, Any]

logger = logging.getLogger(__name__)


async def inbox(context: Context, first: int, after: str | None, *, requests: bool) -> Page[Conversation]:
    """A page of the viewer's conversations, or of message requests. Raises Unauthenticated, BadUserInput."""
    fetch = partial(reads.page_of_inbox, context.services.db, context.require_viewer(), requests=requests)
    load = context.viewer.conversations.by_id.load_many
    return await own_page(context, f"inbox {requests}", first, after, fetch, load)


async def unread_counts(context: Context, viewers: Sequence[Access]) -> list[int]:
    """The number of conversations with unread messages, for each session (which is always the viewer's)."""
    count = await reads.unread_conversations(context.services.db, context.require_viewer())
    return [count for _ in viewers]


async def of_conversations(
    context: Context, conversations: Sequence[Conversation], first: int, after: str | None
) -> list[Page[Message] | Exception]:
    """A page of the messages of each conversation, newest first."""
    fetch = partial(reads.pages_of_messages, context.services.db, context.viewer_id)
    return await pages(
        context, "messages", conversations, first, after, fetch, context.viewer.conversations.message.load_many
    )


async def last_messages(context: Context, conversations: Sequence[Conversation]) -> list[Message | None]:
    """The newest message of each conversation; None if the viewer can read none."""
    return await load_known(context.viewer.conversations.message, [each.last_message_id for each in conversations])


def unread(context: Context, conversation: Conversation) -> int:
    """The number of unread messages of the viewer."""
    return _own(context, conversation).unread


def is_request(context: Context, conversation: Conversation) -> bool:
    """Whether it is a message request: started by a user whom the viewer does not follow, and not accepted yet."""
    return _own(context, conversation).is_request


def _own(context: Context, conversation: Conversation) -> Member:
    return commands.own_membership(context.viewer, conversation)


async def members_users(context: Context, rows: Sequence[Member]) -> list[User | None]:
    """The user of each membership; None if the viewer may not see them."""
    return await load_known(context.viewer.users.by_id, [member.user_id for member in rows])


async def read_up_to(context: Context, rows: Sequence[Member]) -> list[str | None]:
    """The ID of the newest message that each member has read; None if the viewer may not know it."""
    users = await members_users(context, rows)
    own = context.viewer_id
    shown = [
        member.read_id
        if user and (member.user_id == own or (privacy.can_interact(user) and not member.is_request))
        else None
        for member, user in zip(rows, users, strict=True)
    ]
    read = await load_known(context.viewer.conversations.message, shown)
    return [message.global_id if message else None for message in read]


async def conversations(context: Context, rows: Sequence[Message]) -> list[Conversation | None]:
    """The conversation of each message."""
    return await context.viewer.conversations.by_id.load_many([message.conversation_id for message in rows])


async def senders(context: Context, rows: Sequence[Message]) -> list[User | None]:
    """The sender of each message; None if the viewer may not see them."""
    return await load_known(context.viewer.users.by_id, [message.sender_id for message in rows])


async def answered(context: Context, rows: Sequence[Message]) -> list[Message | None]:
    """The message that each message replies to; None if the viewer cannot read it."""
    return await load_known(context.viewer.conversations.message, [message.reply_to_id for message in rows])


async def attachments(context: Context, rows: Sequence[Message]) -> list[Post | Story | Media | None]:
    """The attachment of each message; None if the viewer may not see it."""
    hanging = [message.attached or Attached(0, 0) for message in rows]
    viewer = context.viewer
    posts = await load_known(viewer.posts.by_id, [each.id if each.tag == Post.TAG else 0 for each in hanging])
    stories = await load_known(viewer.stories.by_id, [each.id if each.tag == Story.TAG else 0 for each in hanging])
    media = await load_known(viewer.media.sent, [each.id if each.tag == Photo.TAG else 0 for each in hanging])
    return [post or story or sent for post, story, sent in zip(posts, stories, media, strict=True)]


def text(context: Context, message: Message) -> str | None:
    """The decrypted text. Raises Unreadable if it cannot be decrypted, which is a fault of the server."""
    if message.unreadable is not None:
        raise Unreadable(message.unreadable)
    return message.text


def own_key(context: Context, message: Message) -> str | None:
    """The idempotency key of the message; None unless the viewer sent it."""
    return message.key if message.sender_id == context.viewer_id else None


async def start(context: Context, input: "StartConversationInput") -> Answer:
    """Start a conversation with a user, or a new group: {conversation}."""
    user_ids = [number_of(User, id) for id in input.user_ids]
    conversation = await commands.start_conversation(context.viewer, user_ids, input.title, input.idempotency_key)
    return {"conversation": conversation}


async def add(context: Context, conversation_id: str, user_ids: Sequence[str]) -> Answer:
    """Add users to a group: {conversation}."""
    users = [number_of(User, id) for id in user_ids]
    return {"conversation": await commands.add_members(context.viewer, _number(conversation_id), users)}


async def remove(context: Context, conversation_id: str, user_id: str) -> Answer:
    """Remove a user from a group: {conversation}."""
    user = number_of(User, user_id)
    return {"conversation": await commands.remove_member(context.viewer, _number(conversation_id), user)}


async def leave(context: Context, conversation_id: str) -> Answer:
    """Leave a conversation, or decline a message request: {conversation}."""
    return {"conversation": await commands.leave_conversation(context.viewer, _number(conversation_id))}


async def accept(context: Context, conversation_id: str) -> Answer:
    """Accept a message request: {conversation}."""
    return {"conversation": await commands.accept_conversation(context.viewer, _number(conversation_id))}


async def send(context: Context, input: "SendMessageInput") -> Answer:
    """Send a message: {message}."""
    message = await commands.send_message(
        context.viewer,
        conversation_id=_number(input.conversation_id),
        text=input.text,
        attachment=decode(input.attachment_id) if input.attachment_id is not None else None,
        upload_id=number_of(Upload, input.upload_id) if input.upload_id is not None else None,
        reply_to_id=number_of(Message, input.reply_to_id) if input.reply_to_id is not None else None,
        key=input.idempotency_key,
    )
    return {"message": message}


async def unsend(context: Context, message_id: str) -> Answer:
    """Unsend a message: {message}."""
    return {"message": await commands.unsend_message(context.viewer, number_of(Message, message_id))}


async def mark_read(context: Context, conversation_id: str, message_id: str) -> Answer:
    """Mark all messages up to one as read: {conversation}."""
    message = number_of(Message, message_id)
    return {"conversation": await commands.mark_conversation_read(context.viewer, _number(conversation_id), message)}


async def set_typing(context: Context, conversation_id: str, *, is_typing: bool) -> Answer:
    """Tell the other members that the viewer is typing, or has stopped: {conversation}."""
    number = _number(conversation_id)
    return {"conversation": await commands.set_typing(context.viewer, number, is_typing=is_typing)}


def _number(conversation_id: str) -> int:
    return number_of(Conversation, conversation_id)
