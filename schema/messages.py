from datetime import datetime
from typing import Annotated, Optional

import strawberry

from domain.messages import rows
from kit.execution import instances_of
from resolvers import live, messages
from schema import bounds
from schema.connection import Connection
from schema.fields import argument, attribute, batched, derived, paged, up_to_bytes
from schema.media import Photo, Video
from schema.nodes import Node, node
from schema.posts import Post
from schema.stories import Story
from schema.users import User

MessageAttachment = Annotated[
    Post | Story | Photo | Video,
    strawberry.union("MessageAttachment", description="A post, story, photo or video that is attached to a message."),
]


@node(rows.Member, "A member of a conversation.")
class ConversationMember(Node):
    user: User | None = batched(
        messages.members_users, "The user who is the member. Null when the viewer may not see that user."
    )
    last_read_message_id: strawberry.ID | None = batched(
        messages.read_up_to,
        "ID of the newest message that the member has read. Null when the member has read none, or the "
        "viewer may not read that message. Also null while the conversation is a message request for the "
        "member, or while one of the member and the viewer blocks the other.",
    )
    joined_at: datetime = attribute("Time at which the member joined the conversation.")
    is_admin: bool = attribute(
        "Whether the member is the admin of the group, who can remove other members: the current member "
        "who joined first."
    )


@node(rows.Message, "A message in a conversation.")
class Message(Node):
    conversation: Annotated["Conversation", strawberry.lazy("schema.messages")] = batched(
        messages.conversations, "The conversation this message belongs to."
    )
    sender: User | None = batched(
        messages.senders, "The user who sent the message. Null when the viewer may not see that user."
    )
    text: str | None = derived(
        messages.text,
        "Text of the message, at most 4,000 characters. Null when the message was unsent, and when it has "
        "only an attachment.",
        up_to_bytes(bounds.MESSAGE_BYTES),
    )
    attachment: MessageAttachment | None = batched(
        messages.attachments,
        "The post, story, photo or video attached to the message. Null when there is none, and when the "
        "viewer may not see it.",
    )
    reply_to: Optional[Annotated["Message", strawberry.lazy("schema.messages")]] = batched(  # noqa: UP045
        messages.answered,
        "The message that this message replies to. Null when it is not a reply, and when the viewer may "
        "not read that message.",
    )
    idempotency_key: str | None = derived(
        messages.own_key,
        "Idempotency key with which the message was sent. Visible to the sender, who can match an "
        "optimistic message with the stored one; null for everyone else.",
        up_to_bytes(bounds.IDEMPOTENCY_KEY_BYTES),
    )
    created_at: datetime = attribute("Time at which the message was sent.")
    unsent_at: datetime | None = attribute("Time at which the sender unsent the message. Null when it was not unsent.")


@node(rows.Conversation, "A conversation between two users, or a group of up to 32 users.")
class Conversation(Node):
    title: str | None = attribute(
        "Title of the group, at most 100 characters. Null for a group without a title and for a "
        "conversation between two users.",
        max_bytes=bounds.CONVERSATION_TITLE_BYTES,
    )
    is_group: bool = attribute("Whether the conversation is a group, to which members can be added.")
    members: list[ConversationMember] = attribute(
        "Members of the conversation, in the order in which they joined; at most 32.", at_most=bounds.MEMBERS
    )
    last_message: Message | None = batched(
        messages.last_messages, "The newest message. Null when there is no message that the viewer may read."
    )
    unread_count: int = derived(messages.unread, "Number of messages that the viewer has not read.")
    is_request: bool = derived(
        messages.is_request,
        "Whether the conversation is a message request: a user whom the viewer does not follow started it. "
        "It becomes a normal conversation when the viewer calls `acceptConversation` or replies. "
        "`leaveConversation` declines it. Until then, other members do not learn what the viewer has read.",
    )
    updated_at: datetime = attribute(
        "Time of the newest message, or of the creation when there is none. `conversations` is ordered by this time."
    )
    messages: Connection[Message] | None = batched(
        messages.of_conversations, "Messages in the conversation, newest first.", **paged(30)
    )


@strawberry.interface(description="An event in one of the viewer's conversations.")
class ConversationEvent:
    cursor: str | None = attribute(
        "Cursor of the event. Pass the last one as `after` to resume. Null for events that are not stored (typing).",
        max_bytes=bounds.CURSOR_BYTES,
    )
    conversation: Conversation = attribute("The conversation in which the event happened.")


@strawberry.type(description="A message was sent.")
class MessageSent(ConversationEvent):
    message: Message = attribute("The message that was sent.")
    is_type_of = instances_of(live.Sent)


@strawberry.type(description="A message was unsent.")
class MessageUnsent(ConversationEvent):
    message: Message = attribute("The message that was unsent. It has no text and no attachment.")
    is_type_of = instances_of(live.Unsent)


@strawberry.type(description="A member has read more messages.")
class ConversationRead(ConversationEvent):
    member: ConversationMember = attribute("The member, with the new value of `lastReadMessageId`.")
    is_type_of = instances_of(live.Read)


@strawberry.type(
    description="A member started or stopped typing. The event is not stored. Clients should end the typing "
    "indicator by themselves after a few seconds."
)
class TypingChanged(ConversationEvent):
    member: ConversationMember = attribute("The member who started or stopped typing.")
    is_typing: bool = attribute("Whether the member is typing.")
    is_type_of = instances_of(live.Typing)


@strawberry.type(description="A user joined or left a group, or was removed from it.")
class ConversationMembersChanged(ConversationEvent):
    user: User | None = batched(live.who, "The user who joined or left. Null when the viewer may not see that user.")
    is_member: bool = attribute("Whether the user is now a member of the group.")
    is_type_of = instances_of(live.MembersChanged)


EVENTS = (MessageSent, MessageUnsent, ConversationRead, TypingChanged, ConversationMembersChanged)
"""What implements ConversationEvent: nothing else leads to them."""

REQUESTS = argument(
    bool,
    "If true, return message requests: conversations started by users whom the viewer does not follow "
    "and not yet accepted. If false, return all other conversations.",
    False,
)
