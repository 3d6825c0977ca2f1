"""Conversations, their messages and their events."""

from datetime import datetime
from typing import Annotated, Optional

import strawberry

from domain.limits import Budget
from domain.messages import rows
from kit.execution import instances_of
from resolvers import live, messages
from schema import bounds
from schema.connection import Connection
from schema.fields import (
    PRIVATE,
    argument,
    attribute,
    batched,
    derived,
    idempotency_key_field,
    mutates,
    paged,
    resolved,
    subscribed,
    up_to_bytes,
)
from schema.media import Photo, Video
from schema.nodes import Node, node
from schema.payload import Payload
from schema.permissions import signed_in
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


@strawberry.input(description="Users to start a conversation with.")
class StartConversationInput:
    user_ids: list[strawberry.ID] = attribute(
        "IDs of 1 to 31 other users. One user: a conversation between two users. More users: a group."
    )
    title: str | None = attribute(
        "Title of the group, at most 100 characters. Not allowed for a conversation between two users.", default=None
    )
    idempotency_key: str | None = idempotency_key_field(
        "Use it for groups: without it, a repeated request creates a second group."
    )


@strawberry.input(description="A new message. It must have a text, an attachment, or both.")
class SendMessageInput:
    conversation_id: strawberry.ID = attribute("ID of the conversation.")
    text: str | None = attribute("Text of the message, at most 4,000 characters.", default=None)
    attachment_id: strawberry.ID | None = attribute(
        "ID of a post or story to attach. The viewer must be allowed to see it.", default=None
    )
    upload_id: strawberry.ID | None = attribute(
        "ID of an upload of the viewer to attach. It must be READY and not used yet. Cannot be combined "
        "with `attachmentId`.",
        default=None,
    )
    reply_to_id: strawberry.ID | None = attribute(
        "ID of the message to reply to, in the same conversation.", default=None
    )
    idempotency_key: str | None = idempotency_key_field()


@strawberry.type(description="Result of a mutation that starts or changes a conversation.")
class ConversationPayload(Payload):
    conversation: Conversation | None = attribute(
        "The conversation in its current state. Null when the viewer is no longer a member.", default=None
    )


@strawberry.type(description="Result of a mutation that sends or changes a message.")
class MessagePayload(Payload):
    message: Message | None = attribute("The message in its current state.", default=None)


_USER = argument(strawberry.ID, "ID of the user.")
_CONVERSATION = argument(strawberry.ID, "ID of a conversation of the viewer.")
_MESSAGE = argument(strawberry.ID, "ID of the message.")


@strawberry.type
class Query:
    conversations: Connection[Conversation] | None = resolved(
        messages.inbox,
        "The viewer's conversations, most recent message first. Error UNAUTHENTICATED when signed out.",
        PRIVATE,
        **paged(),
        requests=argument(
            bool,
            "If true, return message requests: conversations started by users whom the viewer does not follow "
            "and not yet accepted. If false, return all other conversations.",
            False,
        ),
    )


@strawberry.type
class Mutation:
    start_conversation: ConversationPayload | None = mutates(
        messages.start,
        ConversationPayload,
        "Starts a conversation with one user, or a group with several. Two users have one conversation: if "
        "it already exists, it is returned. A conversation with a user who does not follow the viewer is a "
        "message request for that user.",
        signed_in,
        budget=Budget(60, per=3600),
        input=argument(StartConversationInput, "The users to start a conversation with."),
    )
    accept_conversation: ConversationPayload | None = mutates(
        messages.accept,
        ConversationPayload,
        "Accepts a message request, which moves the conversation to the viewer's inbox.",
        signed_in,
        conversation_id=_CONVERSATION,
    )
    leave_conversation: ConversationPayload | None = mutates(
        messages.leave,
        ConversationPayload,
        "Leaves a group. For a conversation between two users: removes it with its messages from the "
        "viewer's inbox, until a new message is sent. This also declines a message request. The other user "
        "is not notified.",
        signed_in,
        conversation_id=_CONVERSATION,
    )
    add_conversation_members: ConversationPayload | None = mutates(
        messages.add,
        ConversationPayload,
        "Adds users to a group. They can read messages sent after they joined.",
        signed_in,
        conversation_id=_CONVERSATION,
        user_ids=argument(list[strawberry.ID], "IDs of the users to add, 1 to 31. A group has at most 32 members."),
    )
    remove_conversation_member: ConversationPayload | None = mutates(
        messages.remove,
        ConversationPayload,
        "Removes a user from a group. Allowed for the group's admin.",
        signed_in,
        conversation_id=_CONVERSATION,
        user_id=_USER,
    )
    send_message: MessagePayload | None = mutates(
        messages.send,
        MessagePayload,
        "Sends a message to a conversation. This also marks all earlier messages as read and accepts a "
        "message request.",
        signed_in,
        budget=Budget(120, per=60),
        input=argument(SendMessageInput, "The message to send."),
    )
    unsend_message: MessagePayload | None = mutates(
        messages.unsend,
        MessagePayload,
        "Unsends a message of the viewer: removes its text and attachment for all members.",
        signed_in,
        message_id=_MESSAGE,
    )
    mark_conversation_read: ConversationPayload | None = mutates(
        messages.mark_read,
        ConversationPayload,
        "Marks all messages up to a given one as read. Has no effect when the viewer has already read further.",
        signed_in,
        budget=Budget(300, per=60),
        conversation_id=_CONVERSATION,
        message_id=_MESSAGE,
    )
    set_typing: ConversationPayload | None = mutates(
        messages.set_typing,
        ConversationPayload,
        "Tells the other members that the viewer started or stopped typing. Not stored.",
        signed_in,
        budget=Budget(120, per=60),
        conversation_id=_CONVERSATION,
        is_typing=argument(bool, "Whether the viewer is typing."),
    )


@strawberry.type
class Subscription:
    conversation_events: ConversationEvent = subscribed(
        live.conversation_events,
        "Events in all of the viewer's conversations, or in one of them. With `after`: first the missed "
        "events, in order, each once. Events are kept for 7 days; for an older cursor the error is "
        "CURSOR_EXPIRED: read `conversations`, then subscribe. A subscription to one conversation ends "
        "when the viewer leaves it, or when one of its two users blocks the other.",
        signed_in,
        conversation_id=argument(
            strawberry.ID | None,
            "ID of a conversation of the viewer. If omitted or null: all conversations.",
            strawberry.UNSET,
        ),
        after=argument(
            str | None,
            "Cursor of the last event received, or `Viewer.conversationEventsCursor`. If omitted or null: from now on.",
            strawberry.UNSET,
        ),
    )
