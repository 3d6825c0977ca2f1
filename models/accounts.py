from tortoise import fields
from tortoise.models import Model


class User(Model):
    """A person. `username` and `email` are stored in lower case; `avatar` holds the picture that is shown.

    `status` is ACTIVE, DEACTIVATED or DELETED: who is not active exists for nobody.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    username = fields.CharField(max_length=30, unique=True)
    email = fields.CharField(max_length=254, unique=True)
    display_name = fields.TextField()
    bio = fields.TextField(db_default="")
    avatar = fields.JSONField[dict[str, object]](null=True)
    is_private = fields.BooleanField(db_default=False)
    is_verified = fields.BooleanField(db_default=False)
    status = fields.CharField(max_length=12, db_default="ACTIVE")
    password_hash = fields.TextField()
    birth_date = fields.DateField()
    created_at = fields.DatetimeField()
    follower_count = fields.IntField(db_default=0)
    following_count = fields.IntField(db_default=0)
    post_count = fields.IntField(db_default=0)
    # So many follow them that their posts are not pushed to each (`domain/feed/delivery_mode.py`).
    is_pulled = fields.BooleanField(db_default=False)
    # Whether their searches are kept (`domain/search/history.py`).
    saves_searches = fields.BooleanField(db_default=True)

    class Meta:
        table = "users"


class FormerUsername(Model):
    """A name that was given up and is kept for its owner until `free_at`: `digest` is its SHA-256.

    The name of an account that is gone has no owner.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    digest = fields.CharField(max_length=64, unique=True)
    user_id = fields.BigIntField(null=True)
    free_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "former_usernames"


class Session(Model):
    """One sign-in and the family of refresh tokens that follow from it; `generation` counts the rotations."""

    id = fields.BigIntField(primary_key=True, generated=False)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", on_delete=fields.CASCADE)
    nonce = fields.BinaryField()
    generation = fields.IntField(default=0)
    rotated_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sessions"
