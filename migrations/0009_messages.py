from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0008_impressions")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Conversation",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("low_id", fields.BigIntField(null=True)),
                ("high_id", fields.BigIntField(null=True)),
                ("title", fields.TextField(null=True, unique=False)),
                ("key_id", fields.CharField(db_index=True, max_length=40)),
                ("sealed_key", fields.BinaryField()),
                ("last_seq", fields.BigIntField(db_default=0)),
                ("last_message_id", fields.BigIntField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "conversations",
                "app": "models",
                "unique_together": (("low_id", "high_id"),),
                "pk_attr": "id",
                "table_description": "Two people (`low_id` < `high_id`, of whom there is one conversation for ever) or a group (neither is set).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Inbox",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("last_seq", fields.BigIntField(db_default=0)),
                ("floor_seq", fields.BigIntField(db_default=0)),
            ],
            options={
                "table": "inboxes",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Where somebody's log of conversation events stands: `id` is the person's. Up to `floor_seq` it is forgotten.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LoggedEvent",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("user_id", fields.BigIntField()),
                ("seq", fields.BigIntField()),
                ("event_id", fields.BigIntField()),
                ("kind", fields.SmallIntField()),
                ("conversation_id", fields.BigIntField()),
                ("subject_id", fields.BigIntField()),
            ],
            options={
                "table": "conversation_log",
                "app": "models",
                "unique_together": (("user_id", "seq"),),
                "pk_attr": "id",
                "table_description": "What happened in a conversation of `user_id`, the `seq`th of their log. `kind` is `domain.messages.log.Kind`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Member",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("conversation_id", fields.BigIntField()),
                ("user_id", fields.BigIntField()),
                ("joined_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("begins", fields.BigIntField(db_default=0)),
                ("read_seq", fields.BigIntField(db_default=0)),
                ("read_id", fields.BigIntField(null=True)),
                ("unread", fields.IntField(db_default=0)),
                ("is_request", fields.BooleanField(db_default=False)),
                ("hidden", fields.BooleanField(db_default=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "members",
                "app": "models",
                "unique_together": (("conversation_id", "user_id"),),
                "indexes": [
                    Index(fields=["user_id", "is_request", "updated_at", "conversation_id"], name="members_of_user")
                ],
                "pk_attr": "id",
                "table_description": "`user_id` in a conversation. Messages up to `begins` are not theirs to read; those after `read_seq` are unread.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Message",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("conversation_id", fields.BigIntField()),
                ("seq", fields.BigIntField()),
                ("sender_id", fields.BigIntField()),
                ("body", fields.BinaryField(null=True)),
                ("attached_tag", fields.SmallIntField(null=True)),
                ("attached_id", fields.BigIntField(null=True)),
                ("reply_to_id", fields.BigIntField(null=True)),
                ("key", fields.CharField(null=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("unsent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "messages",
                "app": "models",
                "unique_together": (("conversation_id", "seq"),),
                "indexes": [Index(fields=["sender_id", "id"], name="messages_by_sender")],
                "pk_attr": "id",
                "table_description": "`body` is sealed, and gone when unsent. `attached_id` is what `attached_tag` says, as in opaque ids.",
            },
            bases=["Model"],
        ),
    ]
