"""Rows of conversations, members and messages."""

from datetime import datetime

import msgspec

from domain.rows import Row


class Member(Row, frozen=True):
    """A member of a conversation. Messages up to `begins` are hidden from them; those after `read_seq` are unread."""

    TAG = 9

    conversation_id: int
    user_id: int
    joined_at: datetime
    begins: int
    read_seq: int
    read_id: int | None
    unread: int
    is_request: bool
    hidden: bool
    is_admin: bool = False


class Conversation(Row, frozen=True):
    """A conversation of two (`pair`) or a group; `members` in order of joining: the first is a group's admin."""

    TAG = 8

    pair: tuple[int, int] | None
    title: str | None
    key_id: str
    sealed_key: bytes
    last_seq: int
    last_message_id: int | None
    updated_at: datetime
    members: tuple[Member, ...]

    @property
    def is_group(self) -> bool:
        """Whether it is a group."""
        return self.pair is None

    def member(self, user_id: int) -> Member | None:
        """Return the membership of a user, None if they are not a member."""
        return next((member for member in self.members if member.user_id == user_id), None)

    def other(self, user_id: int) -> int | None:
        """Return the other user of a direct conversation; None for a group."""
        if self.pair is None:
            return None
        low, high = self.pair
        return low if user_id == high else high


class Attached(msgspec.Struct, frozen=True):
    """The attachment of a message: tag and number of an opaque ID; an attached upload has that of a photo."""

    tag: int
    id: int


class Message(Row, frozen=True):
    """Message `seq` of its conversation. `text` is None if it is unsent or only an attachment.

    `unreadable` says why a text could not be decrypted.
    """

    TAG = 10

    conversation_id: int
    seq: int
    sender_id: int
    text: str | None
    attached: Attached | None
    reply_to_id: int | None
    key: str | None
    created_at: datetime
    unsent_at: datetime | None
    unreadable: str | None = None
