from tortoise import fields
from tortoise.models import Model


class User(Model):
    """A person. `username` and `email` are stored in lower case."""

    id = fields.BigIntField(primary_key=True, generated=False)
    username = fields.CharField(max_length=30, unique=True)
    email = fields.CharField(max_length=254, unique=True)
    display_name = fields.CharField(max_length=60)
    password_hash = fields.TextField()
    birth_date = fields.DateField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "users"


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
