from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Follow(Model):
    """`follower_id` follows `followee_id`. They may live in two shards, so neither is a foreign key."""

    id = fields.BigIntField(primary_key=True, generated=False)
    follower_id = fields.BigIntField()
    followee_id = fields.BigIntField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "follows"
        unique_together = (("follower_id", "followee_id"),)
        indexes = [
            Index(fields=("follower_id", "id"), name="follows_of_follower"),
            Index(fields=("followee_id", "id"), name="follows_of_followee"),
        ]
