from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Conversation(Model):
    """A conversation of two users (`low_id` < `high_id`, unique and permanent) or a group (neither is set).

    `last_seq` numbers its messages, under the lock of this row. `sealed_key` is its data key, wrapped by the key
    `key_id` of the settings (`domain/messages/sealing.py`).
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    low_id = fields.BigIntField(null=True)
    high_id = fields.BigIntField(null=True)
    title = fields.TextField(null=True)
    key_id = fields.CharField(max_length=40, db_index=True)
    sealed_key = fields.BinaryField()
    last_seq = fields.BigIntField(db_default=0)
    last_message_id = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "conversations"
        unique_together = (("low_id", "high_id"),)


class Member(Model):
    """A member of a conversation. Messages up to `begins` are hidden from them; those after `read_seq` are unread.

    `updated_at` orders their inbox, which does not show `hidden` ones. A user who has left a group has no row.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    conversation_id = fields.BigIntField()
    user_id = fields.BigIntField()
    joined_at = fields.DatetimeField()
    begins = fields.BigIntField(db_default=0)
    read_seq = fields.BigIntField(db_default=0)
    read_id = fields.BigIntField(null=True)
    unread = fields.IntField(db_default=0)
    is_request = fields.BooleanField(db_default=False)
    hidden = fields.BooleanField(db_default=False)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "members"
        unique_together = (("conversation_id", "user_id"),)
        indexes = [Index(fields=("user_id", "is_request", "updated_at", "conversation_id"), name="members_of_user")]


class Message(Model):
    """A message. `body` is encrypted, and null after unsending.

    `attached_id` has the type `attached_tag`, as in opaque IDs.

    `key` is the sender's idempotency key.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    conversation_id = fields.BigIntField()
    seq = fields.BigIntField()
    sender_id = fields.BigIntField()
    body = fields.BinaryField(null=True)
    attached_tag = fields.SmallIntField(null=True)
    attached_id = fields.BigIntField(null=True)
    reply_to_id = fields.BigIntField(null=True)
    key = fields.CharField(max_length=64, null=True)
    created_at = fields.DatetimeField()
    unsent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "messages"
        unique_together = (("conversation_id", "seq"),)
        indexes = [Index(fields=("sender_id", "id"), name="messages_by_sender")]


class Inbox(Model):
    """The state of a user's log of conversation events: `id` is the user's. Entries up to `floor_seq` are deleted."""

    id = fields.BigIntField(primary_key=True, generated=False)
    last_seq = fields.BigIntField(db_default=0)
    floor_seq = fields.BigIntField(db_default=0)

    class Meta:
        table = "inboxes"


class LoggedEvent(Model):
    """Entry `seq` of the log of `user_id`: an event in a conversation. `kind` is `domain.messages.log.Kind`.

    `event_id` is the same for all recipients. `subject_id` is the message or the member of the event.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    user_id = fields.BigIntField()
    seq = fields.BigIntField()
    event_id = fields.BigIntField()
    kind = fields.SmallIntField()
    conversation_id = fields.BigIntField()
    subject_id = fields.BigIntField()

    class Meta:
        table = "conversation_log"
        unique_together = (("user_id", "seq"),)
