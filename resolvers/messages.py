"""Conversations and what is said in them."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from clients.redis import RedisError
from domain import privacy
from domain.accounts.rows import User
from domain.accounts.tokens import Access
from domain.media.rows import Media, Photo, Upload
from domain.messages import actions, log, members, reads
from domain.messages.actions import Said
from domain.messages.log import Logged
from domain.messages.rows import Attached, Conversation, Member, Message
from domain.messages.sealing import Unreadable
from domain.posts.rows import Post
from domain.rows import number_of
from domain.stories.rows import Story
from kit.batching import Loader
from kit.errors import mistake
from kit.ids import decode
from kit.paging import Page
from resolvers.context import Context
from resolvers.loaders import load_known
from resolvers.paging import own_page, pages

Answer = dict[str, Any]

logger = logging.getLogger(__name__)


async def inbox(context: Context, first: int, after: str | None, requests: bool) -> Page[Conversation]:
    """A page of the viewer's conversations, or of those that strangers began. Raises Unauthenticated, BadUserInput."""
    fetch = partial(reads.page_of_inbox, context.services.db, context.require_viewer(), requests)
    load = context.loaders.conversation_by_id.load_many
    return await own_page(context, f"inbox {requests}", first, after, fetch, load)


async def unread_counts(context: Context, viewers: Sequence[Access]) -> list[int]:
    """How many conversations the viewer has not read to the end, for each session (which is only ever theirs)."""
    count = await reads.unread_conversations(context.services.db, context.require_viewer())
    return [count for _ in viewers]


async def of_conversations(
    context: Context, conversations: Sequence[Conversation], first: int, after: str | None
) -> list[Page[Message] | Exception]:
    """For each, a page of its messages, newest first."""
    fetch = partial(reads.pages_of_messages, context.services.db, context.viewer_id)
    return await pages(context, "messages", conversations, first, after, fetch, context.loaders.message_by_id.load_many)


async def last_messages(context: Context, conversations: Sequence[Conversation]) -> list[Message | None]:
    """The newest message of each, None where the viewer may read none."""
    return await load_known(context.loaders.message_by_id, [each.last_message_id for each in conversations])


def unread(context: Context, conversation: Conversation) -> int:
    """How many messages the viewer has not read there."""
    return _own(context, conversation).unread


def is_request(context: Context, conversation: Conversation) -> bool:
    """Whether somebody whom the viewer does not follow began it, and the viewer has not taken it up."""
    return _own(context, conversation).is_request


def _own(context: Context, conversation: Conversation) -> Member:
    member = conversation.member(context.viewer_id)
    assert member is not None  # else it would not be there
    return member


async def members_users(context: Context, rows: Sequence[Member]) -> list[User | None]:
    """Who each member is, None for somebody whom the viewer may not see."""
    return await load_known(context.loaders.user_by_id, [member.user_id for member in rows])


async def read_up_to(context: Context, rows: Sequence[Member]) -> list[str | None]:
    """The id of the newest message each has read; None where that is theirs alone to know."""
    users = await members_users(context, rows)
    own = context.viewer_id
    shown = [
        member.read_id
        if user and (member.user_id == own or (privacy.can_interact(user) and not member.is_request))
        else None
        for member, user in zip(rows, users, strict=True)
    ]
    read = await load_known(context.loaders.message_by_id, shown)
    return [message.global_id if message else None for message in read]


async def conversations(context: Context, rows: Sequence[Message]) -> list[Conversation | None]:
    """The conversation of each message."""
    return await context.loaders.conversation_by_id.load_many([message.conversation_id for message in rows])


async def senders(context: Context, rows: Sequence[Message]) -> list[User | None]:
    """Who said each, None for somebody whom the viewer may not see."""
    return await load_known(context.loaders.user_by_id, [message.sender_id for message in rows])


async def answered(context: Context, rows: Sequence[Message]) -> list[Message | None]:
    """What each message answers, as far as the viewer may read that."""
    return await load_known(context.loaders.message_by_id, [message.reply_to_id for message in rows])


async def attachments(context: Context, rows: Sequence[Message]) -> list[Post | Story | Media | None]:
    """What hangs on each message, as far as the viewer may see that."""
    hanging = [message.attached or Attached(0, 0) for message in rows]
    loaders = context.loaders
    posts = await load_known(loaders.post_by_id, [each.id if each.tag == Post.TAG else 0 for each in hanging])
    stories = await load_known(loaders.story_by_id, [each.id if each.tag == Story.TAG else 0 for each in hanging])
    media = await load_known(loaders.sent_media_by_id, [each.id if each.tag == Photo.TAG else 0 for each in hanging])
    return [post or story or sent for post, story, sent in zip(posts, stories, media, strict=True)]


def text(context: Context, message: Message) -> str | None:
    """What it says. Raises Unreadable where that cannot be opened, which is the server's fault."""
    if message.unreadable is not None:
        raise Unreadable(message.unreadable)
    return message.text


def own_key(context: Context, message: Message) -> str | None:
    """The key that its sender gave it, for them alone."""
    return message.key if message.sender_id == context.viewer_id else None


async def start(context: Context, input: Any) -> Answer:
    """The conversation with somebody, or a new group: {conversation}. Raises UserErrors, BadUserInput."""
    viewer_id = context.require_viewer()
    wanted = list(dict.fromkeys(number_of(User, id) for id in input.user_ids))

    async def attempt() -> tuple[int, Logged]:
        others = await _people(context, wanted)
        services = context.services
        return await members.start(services.db, services.keys, viewer_id, others, input.title, input.idempotency_key)

    conversation_id, logged = await context.retry_on_conflict(attempt)
    return await _told(context, conversation_id, logged)


async def add(context: Context, conversation_id: str, user_ids: Sequence[str]) -> Answer:
    """Bring people into a group: {conversation}. Raises UserErrors, BadUserInput."""
    viewer_id = context.require_viewer()
    wanted = list(dict.fromkeys(number_of(User, id) for id in user_ids))

    async def attempt(conversation: Conversation) -> Logged:
        return await members.add(context.services.db, viewer_id, conversation, await _people(context, wanted))

    return await _change(context, conversation_id, attempt)


async def _people(context: Context, wanted: Sequence[int]) -> list[User]:
    """Those whom the viewer wants to write to. Raises UserErrors."""
    if not 1 <= len(wanted) < members.MAX_MEMBERS:
        raise mistake(
            "TOO_MANY" if wanted else "REQUIRED", f"Expected 1 to {members.MAX_MEMBERS - 1} user IDs.", "userIds"
        )
    if context.viewer_id in wanted:
        raise mistake("INVALID", "Do not include your own ID: you are always a member.", "userIds")
    users = await load_known(context.loaders.user_by_id, wanted)
    for n, user in enumerate(users):
        if user is None or not privacy.can_interact(user):
            raise mistake(
                "NOT_FOUND", "The user does not exist, or you cannot send messages to them.", "userIds", str(n)
            )
    return [user for user in users if user]


async def remove(context: Context, conversation_id: str, user_id: str) -> Answer:
    """Put somebody out of a group: {conversation}. Raises UserErrors, BadUserInput."""
    viewer_id, number = context.require_viewer(), number_of(User, user_id)
    return await _change(
        context, conversation_id, lambda found: members.remove(context.services.db, viewer_id, found, number)
    )


async def leave(context: Context, conversation_id: str) -> Answer:
    """Leave a conversation, or decline a request: {conversation}. Raises UserErrors, BadUserInput."""
    viewer_id = context.require_viewer()
    return await _change(context, conversation_id, lambda found: members.leave(context.services.db, viewer_id, found))


async def accept(context: Context, conversation_id: str) -> Answer:
    """Take a request up: {conversation}. Raises UserErrors, BadUserInput."""
    viewer_id = context.require_viewer()

    async def attempt(conversation: Conversation) -> Logged:
        await members.accept(context.services.db, viewer_id, conversation)
        return []

    return await _change(context, conversation_id, attempt)


async def send(context: Context, input: Any) -> Answer:
    """Say something in a conversation: {message}. Raises UserErrors, BadUserInput."""
    viewer_id, services = context.require_viewer(), context.services
    upload_id = number_of(Upload, input.upload_id) if input.upload_id is not None else None

    async def attempt() -> tuple[int, Logged]:
        conversation = await _conversation(context, input.conversation_id)
        others = await _other(context, conversation)
        said = Said(
            input.text,
            await _attached(context, input.attachment_id),
            upload_id,
            await _answered(context, conversation, input.reply_to_id),
        )
        return await actions.send(
            services.db, services.keys, viewer_id, conversation, others, said, input.idempotency_key
        )

    message_id, logged = await context.retry_on_conflict(attempt)
    await _announce(context, logged)
    context.forget()
    return {"message": await context.loaders.message_by_id.load(message_id)}


async def _other(context: Context, conversation: Conversation) -> list[User]:
    """Whom of two people it depends on that the viewer may write; nobody in a group. Raises UserErrors."""
    if conversation.is_group:
        return []
    [user] = await load_known(context.loaders.user_by_id, [conversation.other(context.viewer_id)])
    if user is None or not privacy.can_interact(user):
        raise mistake("NOT_ALLOWED", "You cannot send messages to this user.", "conversationId")
    return [user]


async def _attached(context: Context, id: str | None) -> Attached | None:
    if id is None:
        return None
    tag, number = decode(id)
    loaders = context.loaders
    kinds: dict[int, Loader[int, Any]] = {Post.TAG: loaders.post_by_id, Story.TAG: loaders.story_by_id}
    if tag not in kinds or await kinds[tag].load(number) is None:
        raise mistake("NOT_FOUND", "The post or story does not exist, or you cannot see it.", "attachmentId")
    return Attached(tag, number)


async def _answered(context: Context, conversation: Conversation, id: str | None) -> Message | None:
    if id is None:
        return None
    [message] = await load_known(context.loaders.message_by_id, [number_of(Message, id)])
    if message is None or message.conversation_id != conversation.id:
        raise mistake("NOT_FOUND", "This conversation has no message with this ID that you can read.", "replyToId")
    return message


async def unsend(context: Context, message_id: str) -> Answer:
    """Take a message back: {message}. Raises UserErrors, BadUserInput."""
    viewer_id = context.require_viewer()
    message = await _message(context, message_id)
    await _announce(context, await actions.unsend(context.services.db, viewer_id, message))
    context.forget()
    return {"message": await context.loaders.message_by_id.load(message.id)}


async def mark_read(context: Context, conversation_id: str, message_id: str) -> Answer:
    """Everything up to a message is read: {conversation}. Raises UserErrors, BadUserInput."""
    viewer_id = context.require_viewer()

    async def attempt(conversation: Conversation) -> Logged:
        message = await _message(context, message_id)
        if message.conversation_id != conversation.id:
            raise mistake("NOT_FOUND", "This conversation has no message with this ID that you can read.", "messageId")
        return await actions.mark_read(context.services.db, viewer_id, message)

    return await _change(context, conversation_id, attempt)


async def set_typing(context: Context, conversation_id: str, is_typing: bool) -> Answer:
    """Tell the others that the viewer is writing, or is not: {conversation}. Raises UserErrors, BadUserInput."""
    conversation = await _conversation(context, conversation_id)
    await _other(context, conversation)
    await _announce(context, log.typing(conversation, _own(context, conversation), is_typing))
    return {"conversation": conversation}


async def _conversation(context: Context, id: str) -> Conversation:
    [found] = await load_known(context.loaders.conversation_by_id, [number_of(Conversation, id)])
    if found is None:
        raise actions.gone()
    return found


async def _message(context: Context, id: str) -> Message:
    [found] = await load_known(context.loaders.message_by_id, [number_of(Message, id)])
    if found is None:
        raise mistake("NOT_FOUND", "The message does not exist, or you cannot see it.", "messageId")
    return found


async def _change(context: Context, id: str, change: Callable[[Conversation], Awaitable[Logged]]) -> Answer:
    """Do something to a conversation of the viewer's and tell of it: {conversation}. Raises UserErrors."""

    async def attempt() -> tuple[int, Logged]:
        conversation = await _conversation(context, id)
        return conversation.id, await change(conversation)

    conversation_id, logged = await context.retry_on_conflict(attempt)
    return await _told(context, conversation_id, logged)


async def _told(context: Context, conversation_id: int, logged: Logged) -> Answer:
    await _announce(context, logged)
    context.forget()
    return {"conversation": await context.loaders.conversation_by_id.load(conversation_id)}


async def _announce(context: Context, logged: Logged) -> None:
    """Tell who listens. What is logged is safe already: where Valkey is away they find it by themselves."""
    try:
        await log.announce(context.services.live, logged)
    except (RedisError, OSError, TimeoutError) as error:
        logger.warning("%d listeners were not told: %r", len(logged), error)
