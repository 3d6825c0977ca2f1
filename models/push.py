from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.accounts import Session, User


class Device(Model):
    """Where a session of `user` is reached while nothing of it is connected.

    `token` is one of APNS or FCM, or the endpoint of a WEB_PUSH subscription, which has two keys, in base64url.
    `digest` is the SHA-256 of platform and token.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", on_delete=fields.CASCADE)
    session: fields.ForeignKeyRelation[Session] = fields.ForeignKeyField(
        "models.Session", on_delete=fields.CASCADE, db_index=True
    )
    platform = fields.CharField(max_length=8)
    token = fields.TextField()
    digest = fields.CharField(max_length=64, unique=True)
    p256dh = fields.TextField(null=True)
    auth = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    registered_at = fields.DatetimeField()

    class Meta:
        table = "devices"
        indexes = [Index(fields=("user_id", "registered_at"), name="devices_of_user")]


class Push(Model):
    """Something that `user_id` is to hear of on their devices: numbers only, what it says is read when it is sent.

    A worker has it until `due_at`. `version` counts what took its place meanwhile; `left_devices` are those that a try
    has left, null for all.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    user_id = fields.BigIntField()
    kind = fields.CharField(max_length=20)
    subject_id = fields.BigIntField()
    collapse_key = fields.CharField(max_length=64)
    urgent = fields.BooleanField()
    version = fields.IntField(db_default=0)
    attempt = fields.IntField(db_default=0)
    left_devices = ArrayField("bigint", null=True)
    promised_at = fields.DatetimeField()
    due_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "pushes"
        unique_together = (("user_id", "collapse_key"),)
