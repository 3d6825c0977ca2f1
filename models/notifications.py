from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Notification(Model):
    """What others did to one thing of `user_id`, or about them, since `opened_at`; `kind` is a NotificationKind.

    While `open`, more who do the same join it. The target is what `target_tag` says, as in opaque ids. A trigger gives
    it the next `seq` of its user whenever `updated_at` is set.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    user_id = fields.BigIntField()
    kind = fields.CharField(max_length=20)
    target_tag = fields.SmallIntField()
    target_id = fields.BigIntField()
    actor_count = fields.IntField(db_default=0)
    open = fields.BooleanField(db_default=True)
    opened_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    seq = fields.BigIntField(null=True)

    class Meta:
        table = "notifications"
        indexes = [
            Index(fields=("user_id", "updated_at", "id"), name="notifications_of_user"),
            Index(fields=("target_id", "kind"), name="notifications_of_target"),
        ]


class Act(Model):
    """What `actor_id` did, as the row `source_id` holds it; `newest` of theirs in the notification, for one of them."""

    id = fields.BigIntField(primary_key=True, generated=False)
    notification: fields.ForeignKeyRelation[Notification] = fields.ForeignKeyField(
        "models.Notification", on_delete=fields.CASCADE
    )
    user_id = fields.BigIntField()
    kind = fields.CharField(max_length=20)
    actor_id = fields.BigIntField()
    source_id = fields.BigIntField()
    newest = fields.BooleanField(db_default=True)

    class Meta:
        table = "acts"
        unique_together = (("source_id", "kind", "user_id"),)
        indexes = [
            Index(fields=("notification_id", "actor_id"), name="acts_of_notification"),
            Index(fields=("actor_id", "id"), name="acts_of_actor"),
        ]


class NotificationMark(Model):
    """Up to when somebody, whose id it has, has read their notifications."""

    id = fields.BigIntField(primary_key=True, generated=False)
    read_up_to = fields.DatetimeField()

    class Meta:
        table = "notification_marks"


class NotificationSequence(Model):
    """The newest `seq` of the notifications of a user, whose id it has."""

    id = fields.BigIntField(primary_key=True, generated=False)
    last_seq = fields.BigIntField()

    class Meta:
        table = "notification_sequences"
