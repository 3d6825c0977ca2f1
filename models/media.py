from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.accounts import User
from models.posts import Post


class Bits(fields.Field[str], str):  # type: ignore[misc]
    """A string of 256 bits."""

    SQL_TYPE = "BIT(256)"


class Upload(Model):
    """A file on its way from a client to its renditions.

    `token` is 128 random bits in hex: part of the key of every object but the original. Its name, `original_name`, is
    as random and in no URL (null for uploads of older versions). One that is sent by parts has `part_size` bytes in
    each but the last, and the store's own id for it, `multipart`. `original` is the key of its bytes once they have
    left quarantine. A worker owns the row until `claimed_until`, as its `attempt`; `failures` are those of its
    decoding, `other_failures` all others, as those of storage; after one of these it `waits_for_retry` until
    `claimed_until`. What is `heavy` is a video, also where its `kind` says PHOTO (a GIF that moves). What is `slow` is
    expected to take long, by its bytes, or once it was opened by its pixels or seconds.

    `media`, `rejection` and `doubt` (why somebody has to look at it) hold the outcome; `vetted` says that somebody has
    looked. It has come as far as `progress` (0..1): one that is READY below 1 is shown while more is made of it, by
    what `renditions` says.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", on_delete=fields.CASCADE)
    kind = fields.CharField(max_length=8)
    content_type = fields.CharField(max_length=40)
    byte_size = fields.BigIntField()
    token = fields.CharField(max_length=32, unique=True)
    original_name = fields.CharField(max_length=32, null=True)
    status = fields.CharField(max_length=16)
    media = fields.JSONField[dict[str, object]](null=True)
    rejection = fields.JSONField[dict[str, object]](null=True)
    used = fields.BooleanField(db_default=False)
    part_size = fields.IntField(null=True)
    multipart = fields.TextField(null=True)
    photo_filter = fields.CharField(max_length=16, null=True)
    doubt = fields.TextField(null=True)
    vetted = fields.BooleanField(db_default=False)
    original = fields.TextField(null=True)
    progress = fields.FloatField(db_default=0)
    renditions = fields.JSONField[dict[str, object]](null=True)
    attempt = fields.IntField(default=0)
    failures = fields.IntField(db_default=0)
    other_failures = fields.IntField(db_default=0)
    waits_for_retry = fields.BooleanField(db_default=False)
    heavy = fields.BooleanField(db_default=False)
    slow = fields.BooleanField(db_default=False)
    claimed_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(db_index=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "uploads"


class StorageUsage(Model):
    """Bytes of the originals of an account's uploads that are stored or awaited; the id is the account's."""

    id = fields.BigIntField(primary_key=True, generated=False)
    used_bytes = fields.BigIntField()

    class Meta:
        table = "storage_usage"


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
    """Objects of `token` to delete from storage once `due_at` has passed: those of `keys`, all where it is null.

    `found` are those that were there when the deletion began: once storage has them no more (`gone`) edges are told.
    `failures` counts the tries that failed.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    token = fields.CharField(max_length=32, db_index=True)
    keys = ArrayField("text", null=True)
    found = ArrayField("text", null=True)
    gone = fields.BooleanField(db_default=False)
    due_at = fields.DatetimeField(db_index=True)
    failures = fields.IntField(db_default=0)

    class Meta:
        table = "erasures"


class BannedPicture(Model):
    """A picture that nobody may show: its PDQ hash, and the sentence that who sends it is told."""

    id = fields.BigIntField(primary_key=True, generated=False)
    hash = Bits(unique=True)
    reason = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "banned_pictures"
