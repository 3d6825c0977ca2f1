from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0011_mls")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Device",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "session",
                    fields.ForeignKeyField(
                        "models.Session",
                        source_field="session_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("platform", fields.CharField(max_length=8)),
                ("token", fields.TextField(unique=False)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("p256dh", fields.TextField(null=True, unique=False)),
                ("auth", fields.TextField(null=True, unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("registered_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "devices",
                "app": "models",
                "indexes": [Index(fields=["user_id", "registered_at"], name="devices_of_user")],
                "pk_attr": "id",
                "table_description": "Where a session of `user` is reached while nothing of it is connected.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Push",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("user_id", fields.BigIntField()),
                ("kind", fields.CharField(max_length=20)),
                ("subject_id", fields.BigIntField()),
                ("collapse_key", fields.CharField(max_length=64)),
                ("urgent", fields.BooleanField()),
                ("version", fields.IntField(db_default=0)),
                ("attempt", fields.IntField(db_default=0)),
                ("left_devices", ArrayField(null=True, element_type="BIGINT")),
                ("promised_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "pushes",
                "app": "models",
                "unique_together": (("user_id", "collapse_key"),),
                "pk_attr": "id",
                "table_description": "Something that `user_id` is to hear of on their devices: numbers only, what it says is read when it is sent.",
            },
            bases=["Model"],
        ),
    ]
