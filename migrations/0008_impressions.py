from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0007_index_of_pulled")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Impression",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("user_id", fields.BigIntField()),
                ("post_id", fields.BigIntField()),
                ("position", fields.IntField()),
                ("feed_order", fields.CharField(max_length=16)),
                ("age_ms", fields.BigIntField()),
                ("likes", fields.IntField()),
                ("comments", fields.IntField()),
                ("photos", fields.SmallIntField()),
                ("caption_length", fields.SmallIntField()),
                ("hashtags", fields.SmallIntField()),
                ("has_location", fields.BooleanField()),
                ("tie", fields.FloatField()),
            ],
            options={
                "table": "impressions",
                "app": "models",
                "unique_together": (("user_id", "post_id"),),
                "indexes": [
                    Index(fields=["user_id", "id"], name="impressions_of_user"),
                    Index(fields=["post_id", "id"], name="impressions_of_post"),
                ],
                "pk_attr": "id",
                "table_description": "`user_id` was shown a post for the first time, and what was known of it then. Kept 30 days; the id tells when.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RankingModel",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("version", fields.IntField(unique=True)),
                ("model", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("metrics", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "ranking_models",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A `domain.feed.ranking.Model` that was trained, and how it did on what it had not seen. The last is in use.",
            },
            bases=["Model"],
        ),
    ]
