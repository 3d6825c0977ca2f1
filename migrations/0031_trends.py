"""Trending hashtags: the hashtags that never trend, and two indexes that have all that trends are computed from.

Older versions use none of them.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

_LATEST = "taggings_listed ON taggings (published_at) INCLUDE (hashtag_id, author_id) WHERE is_listed"
_OF_HASHTAG = "taggings_listed_of_hashtag ON taggings (hashtag_id, published_at) INCLUDE (author_id) WHERE is_listed"


class Migration(migrations.Migration):
    dependencies = [("models", "0030_searches")]

    initial = False
    atomic = False

    operations = [
        ops.CreateModel(
            name="BannedHashtag",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("name", fields.CharField(unique=True, max_length=100)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "banned_hashtags",
                "app": "models",
                "pk_attr": "id",
                "table_description": (
                    "A hashtag that never trends; `name` as in `Hashtag`. Posts under it stay where they are."
                ),
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            ["DROP INDEX CONCURRENTLY IF EXISTS taggings_listed", f"CREATE INDEX CONCURRENTLY {_LATEST}"],
            reverse_sql="DROP INDEX CONCURRENTLY taggings_listed",
        ),
        ops.RunSQL(
            [
                "DROP INDEX CONCURRENTLY IF EXISTS taggings_listed_of_hashtag",
                f"CREATE INDEX CONCURRENTLY {_OF_HASHTAG}",
            ],
            reverse_sql="DROP INDEX CONCURRENTLY taggings_listed_of_hashtag",
        ),
    ]
