"""Work that a queue cannot do is parked in a table of its own, and every queue counts the tries that failed.

The new columns are nullable or have defaults: the previous version reads and writes their tables as before.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0026_counted_activity")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ParkedWork",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("queue", fields.CharField(max_length=40)),
                ("source", fields.CharField(max_length=40)),
                ("kind", fields.CharField(max_length=40)),
                ("payload", fields.TextField(unique=False)),
                ("reason", fields.CharField(max_length=20)),
                ("error", fields.TextField(unique=False)),
                ("parked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "parked_work",
                "app": "models",
                "unique_together": (("queue", "source"),),
                "pk_attr": "id",
                "table_description": "Work that its queue could not do, kept until it is redriven (`domain/parking`).",
            },
            bases=["Model"],
        ),
        ops.AddField(model_name="OutboxEvent", name="consumer", field=fields.CharField(null=True, max_length=20)),
        ops.AddField(model_name="Job", name="failures", field=fields.IntField(db_default=0)),
        ops.AddField(model_name="Upload", name="other_failures", field=fields.IntField(db_default=0)),
        ops.AddField(model_name="Upload", name="waits_for_retry", field=fields.BooleanField(db_default=False)),
        ops.AddField(model_name="Erasure", name="failures", field=fields.IntField(db_default=0)),
    ]
