from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Conversation(Model):
    """Two people (`low_id` < `high_id`, of whom there is one conversation for ever) or a group (neither is set).

    `last_seq` numbers its messages, under the lock of this row. `sealed_key` is its data key as the key `key_id` of the
    settings wraps it (`domain/messages/sealing.py`).
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
    """`user_id` in a conversation. Messages up to `begins` are not theirs to read; those after `read_seq` are unread.

    `updated_at` orders their inbox, which does not show what is `hidden`. Who has left a group has no row.
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
    """`body` is sealed, and gone when unsent. `attached_id` is what `attached_tag` says, as in opaque ids.

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
    """Where somebody's log of conversation events stands: `id` is the person's. Up to `floor_seq` it is forgotten."""

    id = fields.BigIntField(primary_key=True, generated=False)
    last_seq = fields.BigIntField(db_default=0)
    floor_seq = fields.BigIntField(db_default=0)

    class Meta:
        table = "inboxes"


class LoggedEvent(Model):
    """What happened in a conversation of `user_id`, the `seq`th of their log. `kind` is `domain.messages.log.Kind`.

    `event_id` is the same for all whom it concerns. `subject_id` is the message or the member it is about.
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
