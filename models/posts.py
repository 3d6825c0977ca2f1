from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.accounts import User


class Post(Model):
    """`published_at` has milliseconds, like the scores of the feeds that are ordered by it.

    `hashtags` are the identities of those of the caption, in their order.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    author: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", on_delete=fields.CASCADE)
    status = fields.CharField(max_length=12)
    caption = fields.TextField()
    hashtags = ArrayField("text", db_default=[])
    location_id = fields.BigIntField(null=True)
    comments_disabled = fields.BooleanField(db_default=False)
    created_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)
    edited_at = fields.DatetimeField(null=True)
    like_count = fields.IntField(db_default=0)
    comment_count = fields.IntField(db_default=0)

    class Meta:
        table = "posts"


class Hashtag(Model):
    """`name` is in NFC, case-folded, without '#'.

    It has no joiners either (`domain.entities`). `written` is the spelling of the first author; null in old rows.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    name = fields.CharField(max_length=100, unique=True)
    written = fields.CharField(max_length=100, null=True)
    post_count = fields.BigIntField(db_default=0)

    class Meta:
        table = "hashtags"


class Tagging(Model):
    """A published post under one of its hashtags, on the side of the hashtag.

    `is_listed` says whether strangers may see it, so that it counts: its author's account is public and active.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    hashtag_id = fields.BigIntField()
    post_id = fields.BigIntField()
    author_id = fields.BigIntField()
    published_at = fields.DatetimeField()
    is_listed = fields.BooleanField(db_default=True)

    class Meta:
        table = "taggings"
        unique_together = (("post_id", "hashtag_id"),)


class BannedHashtag(Model):
    """A hashtag that never trends; `name` as in `Hashtag`. Posts under it stay where they are."""

    id = fields.BigIntField(primary_key=True, generated=False)
    name = fields.CharField(max_length=100, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "banned_hashtags"


class Location(Model):
    """A place as somebody named it; `digest` is the SHA-256 of its name and coordinates."""

    id = fields.BigIntField(primary_key=True, generated=False)
    digest = fields.CharField(max_length=64, unique=True)
    name = fields.TextField()
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)

    class Meta:
        table = "locations"


class Mention(Model):
    """`user_id` is named in the text of a post or a comment, `source_id`, as the `position`th.

    Whoever has removed their mention keeps the row, with `is_removed`: an edit does not mention them again.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    source_id = fields.BigIntField()
    user_id = fields.BigIntField()
    position = fields.SmallIntField()
    is_removed = fields.BooleanField(db_default=False)

    class Meta:
        table = "mentions"
        indexes = [
            Index(fields=("source_id", "position"), name="mentions_of_source"),
            Index(fields=("user_id", "id"), name="mentions_of_user"),
        ]


class UserTag(Model):
    """`user_id` is shown at (`x`, `y`) in the picture of `upload_id`, 0..1 from the left and the top."""

    id = fields.BigIntField(primary_key=True, generated=False)
    upload_id = fields.BigIntField()
    user_id = fields.BigIntField()
    position = fields.SmallIntField()
    x = fields.FloatField()
    y = fields.FloatField()

    class Meta:
        table = "user_tags"
        unique_together = (("upload_id", "user_id"),)
        indexes = [Index(fields=("user_id", "id"), name="user_tags_of_user")]


class Like(Model):
    """`user_id` likes a post or a comment, `subject_id`, whose shard it lives in. No foreign key: a popular subject
    would be locked for every like, and is deleted without waiting for its likes.

    `is_counted` while the account of `user_id` is active.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    subject_id = fields.BigIntField()
    user_id = fields.BigIntField()
    is_counted = fields.BooleanField(db_default=True)

    class Meta:
        table = "likes"
        unique_together = (("subject_id", "user_id"),)
        indexes = [
            Index(fields=("subject_id", "id"), name="likes_of_subject"),
            Index(fields=("user_id", "id"), name="likes_by_user"),
        ]


class Save(Model):
    """`user_id` keeps a post for themselves."""

    id = fields.BigIntField(primary_key=True, generated=False)
    user_id = fields.BigIntField()
    post_id = fields.BigIntField()

    class Meta:
        table = "saves"
        unique_together = (("user_id", "post_id"),)
        indexes = [
            Index(fields=("user_id", "id"), name="saves_of_user"),
            Index(fields=("post_id", "id"), name="saves_of_post"),
        ]


class Comment(Model):
    """Said under a post, in whose shard it lives; `parent_id` is the top-level comment that it answers.

    `is_counted` while the accounts of its author, and of the author of the parent, are active.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    post_id = fields.BigIntField()
    parent_id = fields.BigIntField(null=True)
    author_id = fields.BigIntField()
    text = fields.TextField()
    created_at = fields.DatetimeField()
    like_count = fields.IntField(db_default=0)
    reply_count = fields.IntField(db_default=0)
    is_counted = fields.BooleanField(db_default=True)

    class Meta:
        table = "comments"
        indexes = [Index(fields=("author_id", "id"), name="comments_by_author")]
