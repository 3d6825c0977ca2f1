"""Conversations, as one viewer sees them."""

from collections.abc import Sequence
from functools import cached_property

from domain import privacy
from domain.messages import reads
from domain.messages.reads import Told
from domain.messages.rows import Conversation, Member, Message
from domain.viewer.noun import Noun, load_known
from kit.batching import Loader


class Conversations(Noun):
    """Conversations, their members and messages."""

    @cached_property
    def by_id(self) -> Loader[int, Conversation | None]:
        """None where the conversation does not exist, or the viewer is not a member."""
        return Loader(self._visible)

    async def _visible(self, ids: Sequence[int]) -> list[Conversation | None]:
        rows = await self._viewer.parts.messages.conversations(ids, self._viewer.id)
        return privacy.visible_conversations(rows, self._viewer.id)

    @cached_property
    def member(self) -> Loader[int, Member | None]:
        """None where the membership does not exist, or the viewer is not in the conversation."""
        return Loader(self._members)

    async def _members(self, ids: Sequence[int]) -> list[Member | None]:
        conversations = await load_known(self.by_id, await reads.conversations_of_members(self._db, ids))
        found = {member.id: member for conversation in conversations if conversation for member in conversation.members}
        return [found.get(id) for id in ids]

    def sent(self, conversation_id: int, message: Message) -> Message:
        """The message that the viewer has just sent; what was loaded of the conversation is out of date."""
        self.by_id.clear(conversation_id)
        self.member.clear_all()
        self.message.prime(message.id, message)
        return message

    @cached_property
    def message(self) -> Loader[int, Message | None]:
        """None where the message does not exist, or the viewer cannot read it."""
        return Loader(self._messages)

    async def _messages(self, ids: Sequence[int]) -> list[Message | None]:
        rows = await self._viewer.parts.messages.messages(ids)
        conversations = await load_known(self.by_id, [row.conversation_id if row else None for row in rows])
        return privacy.visible_messages(rows, conversations, self._viewer.id)

    def of_event(self, told: Told) -> tuple[Conversation | None, Message | None]:
        """What the viewer may see of the conversation and the message of an event. Both are known from then on.

        That the account of the viewer is active is checked while they listen (`domain/streams`).
        """
        conversation, message = told
        [visible] = privacy.visible_conversations([conversation], self._viewer.id)
        [readable] = privacy.visible_messages([message], [visible], self._viewer.id)
        if conversation is not None:
            self.by_id.prime(conversation.id, visible)
        if message is not None:
            self.message.prime(message.id, readable)
        return visible, readable
