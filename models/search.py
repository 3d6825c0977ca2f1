from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Search(Model):
    """A search of `user_id`. `folded` is `query` as search compares it; `item_tag` and `item_id` what they opened."""

    id = fields.BigIntField(primary_key=True, generated=False)
    user_id = fields.BigIntField()
    folded = fields.TextField()
    query = fields.TextField()
    item_tag = fields.SmallIntField(db_default=0)
    item_id = fields.BigIntField(db_default=0)
    searched_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "searches"
        unique_together = (("user_id", "folded", "item_tag", "item_id"),)
        indexes = [Index(fields=("user_id", "searched_at"), name="searches_of_user")]
