"""People have a history of their searches, and names are found by their beginnings while the search engine is away.

Older versions neither read nor write what is new.
"""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

_USERNAMES = "users_by_beginning ON users (username text_pattern_ops)"
_HASHTAGS = "hashtags_by_beginning ON hashtags (name text_pattern_ops)"


class Migration(migrations.Migration):
    dependencies = [("models", "0029_writes_of_older_versions")]

    initial = False
    atomic = False

    operations = [
        ops.CreateModel(
            name="Search",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("user_id", fields.BigIntField()),
                ("folded", fields.TextField(unique=False)),
                ("query", fields.TextField(unique=False)),
                ("item_tag", fields.SmallIntField(db_default=0)),
                ("item_id", fields.BigIntField(db_default=0)),
                ("searched_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "searches",
                "app": "models",
                "unique_together": (("user_id", "folded", "item_tag", "item_id"),),
                "indexes": [Index(fields=["user_id", "searched_at"], name="searches_of_user")],
                "pk_attr": "id",
                "table_description": "A search of `user_id`. `folded` is `query` as search compares it; `item_tag` and `item_id` what they opened.",
            },
            bases=["Model"],
        ),
        ops.AddField(model_name="User", name="saves_searches", field=fields.BooleanField(db_default=True)),
        ops.RunSQL(
            ["DROP INDEX CONCURRENTLY IF EXISTS users_by_beginning", f"CREATE INDEX CONCURRENTLY {_USERNAMES}"],
            reverse_sql="DROP INDEX CONCURRENTLY users_by_beginning",
        ),
        ops.RunSQL(
            ["DROP INDEX CONCURRENTLY IF EXISTS hashtags_by_beginning", f"CREATE INDEX CONCURRENTLY {_HASHTAGS}"],
            reverse_sql="DROP INDEX CONCURRENTLY hashtags_by_beginning",
        ),
    ]
