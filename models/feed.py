from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Impression(Model):
    """`user_id` was shown a post for the first time, and what was known of it then. Kept 30 days; the id tells when.

    `feed_order` is a FeedOrder, `position` counts from 0, `tie` is 0..1 (`domain.feed.affinity`).
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    user_id = fields.BigIntField()
    post_id = fields.BigIntField()
    position = fields.IntField()
    feed_order = fields.CharField(max_length=16)
    age_ms = fields.BigIntField()
    likes = fields.IntField()
    comments = fields.IntField()
    photos = fields.SmallIntField()
    caption_length = fields.SmallIntField()
    hashtags = fields.SmallIntField()
    has_location = fields.BooleanField()
    tie = fields.FloatField()

    class Meta:
        table = "impressions"
        unique_together = (("user_id", "post_id"),)
        indexes = [
            Index(fields=("user_id", "id"), name="impressions_of_user"),
            Index(fields=("post_id", "id"), name="impressions_of_post"),
        ]


class RankingModel(Model):
    """A `domain.feed.ranking.Model` that was trained, and how it did on what it had not seen. The last is in use."""

    id = fields.BigIntField(primary_key=True, generated=False)
    version = fields.IntField(unique=True)
    model = fields.JSONField[dict[str, object]]()
    metrics = fields.JSONField[dict[str, object]]()

    class Meta:
        table = "ranking_models"
