from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0005_indexes_and_locks")]

    initial = False

    operations = [
        ops.CreateModel(
            name="PushedAnyway",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("author_id", fields.BigIntField()),
                ("reader_id", fields.BigIntField()),
            ],
            options={
                "table": "pushed_anyway",
                "app": "models",
                "unique_together": (("author_id", "reader_id"),),
                "indexes": [Index(fields=["reader_id", "id"], name="pushed_anyway_of_reader")],
                "pk_attr": "id",
                "table_description": "A follower of a pulled author who pulls as many others as they may: posts are pushed to them after all.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="User",
            name="is_pulled",
            field=fields.BooleanField(db_default=False),
        ),
    ]
