from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0012_push")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Notification",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("user_id", fields.BigIntField()),
                ("kind", fields.CharField(max_length=20)),
                ("target_tag", fields.SmallIntField()),
                ("target_id", fields.BigIntField()),
                ("actor_count", fields.IntField(db_default=0)),
                ("open", fields.BooleanField(db_default=True)),
                ("opened_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "notifications",
                "app": "models",
                "indexes": [
                    Index(fields=["user_id", "updated_at", "id"], name="notifications_of_user"),
                    Index(fields=["target_id", "kind"], name="notifications_of_target"),
                ],
                "pk_attr": "id",
                "table_description": "What others did to one thing of `user_id`, or about them, since `opened_at`; `kind` is a NotificationKind.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Act",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                (
                    "notification",
                    fields.ForeignKeyField(
                        "models.Notification",
                        source_field="notification_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("user_id", fields.BigIntField()),
                ("kind", fields.CharField(max_length=20)),
                ("actor_id", fields.BigIntField()),
                ("source_id", fields.BigIntField()),
                ("newest", fields.BooleanField(db_default=True)),
            ],
            options={
                "table": "acts",
                "app": "models",
                "unique_together": (("source_id", "kind", "user_id"),),
                "indexes": [
                    Index(fields=["notification_id", "actor_id"], name="acts_of_notification"),
                    Index(fields=["actor_id", "id"], name="acts_of_actor"),
                ],
                "pk_attr": "id",
                "table_description": "What `actor_id` did, as the row `source_id` holds it; `newest` of theirs in the notification, for one of them.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NotificationMark",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("read_up_to", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "notification_marks",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Up to when somebody, whose id it has, has read their notifications.",
            },
            bases=["Model"],
        ),
    ]
