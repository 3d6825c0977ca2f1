from datetime import datetime
from typing import Annotated, Optional

import strawberry

from domain.messages import rows
from kit.execution import instances_of
from resolvers import live, messages
from schema import bounds
from schema.connection import Connection
from schema.fields import argument, attribute, batched, derived, paged, up_to_bytes
from schema.types.media import Photo, Video
from schema.types.node import Node, node
from schema.types.post import Post
from schema.types.story import Story
from schema.types.user import User

MessageAttachment = Annotated[
    Post | Story | Photo | Video,
    strawberry.union("MessageAttachment", description="A post, a story, a picture or a video that the viewer may see."),
]


@node(rows.Member, "Somebody in a conversation.")
class ConversationMember(Node):
    user: User | None = batched(messages.members_users, "Null for somebody whom the viewer may no longer see.")
    last_read_message_id: strawberry.ID | None = batched(
        messages.read_up_to,
        "The newest message they have read; null where they have not taken the conversation up yet, or it is from "
        "before the viewer came.",
    )
    joined_at: datetime = attribute("When they came.")
    is_admin: bool = attribute("Whether they can remove others from the group: who came first of those in it.")


@node(rows.Message, "Something said in a conversation.")
class Message(Node):
    conversation: Annotated["Conversation", strawberry.lazy("schema.types.message")] = batched(
        messages.conversations, "Where it was said."
    )
    sender: User | None = batched(messages.senders, "Null for somebody whom the viewer may no longer see.")
    text: str | None = derived(
        messages.text, "Null where unsent, or where it holds only an attachment.", up_to_bytes(bounds.MESSAGE_BYTES)
    )
    attachment: MessageAttachment | None = batched(
        messages.attachments, "Null where there is none that the viewer may see."
    )
    reply_to: Optional[Annotated["Message", strawberry.lazy("schema.types.message")]] = batched(  # noqa: UP045
        messages.answered, "What it answers; null where there is none that the viewer may read."
    )
    idempotency_key: str | None = derived(
        messages.own_key,
        "The sender's own key, for the sender alone: it tells an optimistic bubble from its echo.",
        up_to_bytes(bounds.IDEMPOTENCY_KEY_BYTES),
    )
    created_at: datetime = attribute("When it was said.")
    unsent_at: datetime | None = attribute("When it was taken back.")


@node(rows.Conversation, "What two people, or up to 32, say to each other.")
class Conversation(Node):
    title: str | None = attribute(
        "Null for two people; a name for a group, which may have none.", max_bytes=bounds.CONVERSATION_TITLE_BYTES
    )
    is_group: bool = attribute("Whether people can be added to it.")
    members: list[ConversationMember] = attribute(
        "Who is in it, in the order in which they came.", at_most=bounds.MEMBERS
    )
    last_message: Message | None = batched(messages.last_messages, "Null where nothing has been said to the viewer.")
    unread_count: int = derived(messages.unread, "How many messages the viewer has not read.")
    is_request: bool = derived(
        messages.is_request,
        "Whether somebody whom the viewer does not follow began it. It becomes an ordinary one by "
        "`acceptConversation` or an answer, and `leaveConversation` declines it; until then the others are not told "
        "what the viewer has read.",
    )
    updated_at: datetime = attribute("When something was last said. The inbox is ordered by it.")
    messages: Connection[Message] | None = batched(messages.of_conversations, "Newest first.", **paged(30))


@strawberry.interface(description="Something that happened in a conversation of the viewer's.")
class ConversationEvent:
    cursor: str | None = attribute(
        "To go on after it: pass it as `after`. Null for what is not kept (typing).", max_bytes=bounds.CURSOR_BYTES
    )
    conversation: Conversation = attribute("Where it happened.")


@strawberry.type(description="Something was said.")
class MessageSent(ConversationEvent):
    message: Message = attribute("What.")
    is_type_of = instances_of(live.Sent)


@strawberry.type(description="Something was taken back.")
class MessageUnsent(ConversationEvent):
    message: Message = attribute("What is left of it.")
    is_type_of = instances_of(live.Unsent)


@strawberry.type(description="Somebody has read more.")
class ConversationRead(ConversationEvent):
    member: ConversationMember = attribute("Who, with how far.")
    is_type_of = instances_of(live.Read)


@strawberry.type(description="Somebody began or ceased to write. It is not kept: forget it after some seconds.")
class TypingChanged(ConversationEvent):
    member: ConversationMember = attribute("Who.")
    is_typing: bool = attribute("Whether they write.")
    is_type_of = instances_of(live.Typing)


@strawberry.type(description="Somebody came into a group, or is in it no more.")
class ConversationMembersChanged(ConversationEvent):
    user: User | None = batched(live.who, "Null for somebody whom the viewer may not see.")
    is_member: bool = attribute("Whether they are in it now.")
    is_type_of = instances_of(live.MembersChanged)


EVENTS = (MessageSent, MessageUnsent, ConversationRead, TypingChanged, ConversationMembersChanged)
"""What implements ConversationEvent: nothing else leads to them."""

REQUESTS = argument(bool, "Those that strangers began and the viewer has not taken up, instead of all others.", False)
