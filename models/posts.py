from tortoise import fields
from tortoise.models import Model

from models.accounts import User


class Post(Model):
    """`published_at` has milliseconds, like the scores of the feeds that are ordered by it."""

    id = fields.BigIntField(primary_key=True, generated=False)
    author: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", on_delete=fields.CASCADE)
    status = fields.CharField(max_length=12)
    caption = fields.TextField()
    created_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)

    class Meta:
        table = "posts"
