from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.accounts import User
from models.posts import Post


class Upload(Model):
    """A file on its way from a client to its renditions.

    `token` is 128 random bits in hex: part of every object's key. `media` and `rejection` hold the outcome.
    A worker owns the row until `claimed_until`, as its `attempt`.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", on_delete=fields.CASCADE)
    kind = fields.CharField(max_length=8)
    content_type = fields.CharField(max_length=40)
    byte_size = fields.BigIntField()
    token = fields.CharField(max_length=32, unique=True)
    status = fields.CharField(max_length=16)
    media = fields.JSONField[dict[str, object]](null=True)
    rejection = fields.JSONField[dict[str, object]](null=True)
    used = fields.BooleanField(db_default=False)
    attempt = fields.IntField(default=0)
    claimed_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(db_index=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "uploads"


class Attachment(Model):
    """What an upload was used for: a picture of a post, or (without one) the avatar of its owner. At most one thing."""

    id = fields.BigIntField(primary_key=True, generated=False)
    upload: fields.ForeignKeyRelation[Upload] = fields.ForeignKeyField(
        "models.Upload", on_delete=fields.CASCADE, unique=True
    )
    post: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "models.Post", on_delete=fields.CASCADE, null=True
    )
    position = fields.SmallIntField()
    alt_text = fields.TextField(null=True)

    class Meta:
        table = "attachments"
        indexes = [Index(fields=("post_id", "position"), name="attachments_of_post")]


class Erasure(Model):
    """Objects of `token` to delete from storage once `due_at` has passed."""

    id = fields.BigIntField(primary_key=True, generated=False)
    token = fields.CharField(max_length=32)
    due_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "erasures"
