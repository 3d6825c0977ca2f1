from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Erasure",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("token", fields.CharField(max_length=32)),
                ("due_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "erasures",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Objects of `token` to delete from storage once `due_at` has passed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Follow",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("follower_id", fields.BigIntField()),
                ("followee_id", fields.BigIntField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "follows",
                "app": "models",
                "unique_together": (("follower_id", "followee_id"),),
                "indexes": [
                    Index(fields=["follower_id", "id"], name="follows_of_follower"),
                    Index(fields=["followee_id", "id"], name="follows_of_followee"),
                ],
                "pk_attr": "id",
                "table_description": "`follower_id` follows `followee_id`. They may live in two shards, so neither is a foreign key.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("viewer_id", fields.BigIntField()),
                ("mutation", fields.CharField(max_length=40)),
                ("key", fields.CharField(max_length=64)),
                ("input_hash", fields.BinaryField()),
                ("result", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "idempotency_keys",
                "app": "models",
                "unique_together": (("viewer_id", "mutation", "key"),),
                "pk_attr": "id",
                "table_description": "What a mutation with a client's key did, kept for 7 days: `result` holds the ids of the rows it made.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OutboxEvent",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=40)),
                ("payload", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "outbox",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A domain event, written in the transaction it tells of; `sent_at` is when the relay put it on the stream.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RelayState",
            fields=[
                ("id", fields.SmallIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("run_id", fields.CharField(max_length=40)),
                ("epoch", fields.CharField(max_length=32)),
            ],
            options={
                "table": "relay_state",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One row: the Valkey that the outbox was last relayed to, by its run id and the epoch of its stream.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="User",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("username", fields.CharField(unique=True, max_length=30)),
                ("email", fields.CharField(unique=True, max_length=254)),
                ("display_name", fields.CharField(max_length=60)),
                ("password_hash", fields.TextField(unique=False)),
                ("birth_date", fields.DateField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "users",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A person. `username` and `email` are stored in lower case.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Post",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                (
                    "author",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="author_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("status", fields.CharField(max_length=12)),
                ("caption", fields.TextField(unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("published_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "posts",
                "app": "models",
                "pk_attr": "id",
                "table_description": "`published_at` has milliseconds, like the scores of the feeds that are ordered by it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Session",
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
                ("nonce", fields.BinaryField()),
                ("generation", fields.IntField(default=0)),
                ("rotated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sessions",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One sign-in and the family of refresh tokens that follow from it; `generation` counts the rotations.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Upload",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                (
                    "owner",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="owner_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=8)),
                ("content_type", fields.CharField(max_length=40)),
                ("byte_size", fields.BigIntField()),
                ("token", fields.CharField(unique=True, max_length=32)),
                ("status", fields.CharField(max_length=16)),
                ("media", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("rejection", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("attempt", fields.IntField(default=0)),
                ("claimed_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "uploads",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A file on its way from a client to its renditions.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Attachment",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                (
                    "upload",
                    fields.ForeignKeyField(
                        "models.Upload",
                        source_field="upload_id",
                        unique=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "post",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="post_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("position", fields.SmallIntField()),
                ("alt_text", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "attachments",
                "app": "models",
                "indexes": [Index(fields=["post_id", "position"], name="attachments_of_post")],
                "pk_attr": "id",
                "table_description": "What an upload was used for: an upload has at most one, whatever kind of thing uses it.",
            },
            bases=["Model"],
        ),
    ]
