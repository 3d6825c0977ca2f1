from orjson import loads
from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0003_partial_indexes")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Comment",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("post_id", fields.BigIntField()),
                ("parent_id", fields.BigIntField(null=True)),
                ("author_id", fields.BigIntField()),
                ("text", fields.TextField(unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("like_count", fields.IntField(db_default=0)),
                ("reply_count", fields.IntField(db_default=0)),
            ],
            options={
                "table": "comments",
                "app": "models",
                "indexes": [Index(fields=["author_id", "id"], name="comments_by_author")],
                "pk_attr": "id",
                "table_description": "Said under a post, in whose shard it lives; `parent_id` is the top-level comment that it answers.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FormerUsername",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("user_id", fields.BigIntField(null=True)),
                ("free_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "former_usernames",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A name that was given up and is kept for its owner until `free_at`: `digest` is its SHA-256.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Hashtag",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("name", fields.CharField(unique=True, max_length=100)),
                ("post_count", fields.BigIntField(db_default=0)),
            ],
            options={
                "table": "hashtags",
                "app": "models",
                "pk_attr": "id",
                "table_description": "`name` is in NFC, case-folded, without '#'.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Job",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=20)),
                ("subject_id", fields.BigIntField()),
                ("due_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "jobs",
                "app": "models",
                "unique_together": (("kind", "subject_id"),),
                "pk_attr": "id",
                "table_description": "Work that a request has promised and did not wait for: `kind` says what is done with `subject_id`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Like",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("subject_id", fields.BigIntField()),
                ("user_id", fields.BigIntField()),
            ],
            options={
                "table": "likes",
                "app": "models",
                "unique_together": (("subject_id", "user_id"),),
                "indexes": [
                    Index(fields=["subject_id", "id"], name="likes_of_subject"),
                    Index(fields=["user_id", "id"], name="likes_by_user"),
                ],
                "pk_attr": "id",
                "table_description": "`user_id` likes a post or a comment, `subject_id`, whose shard it lives in. No foreign key: a popular subject",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Location",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("name", fields.TextField(unique=False)),
                ("latitude", fields.FloatField(null=True)),
                ("longitude", fields.FloatField(null=True)),
            ],
            options={
                "table": "locations",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A place as somebody named it; `digest` is the SHA-256 of its name and coordinates.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Mention",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("source_id", fields.BigIntField()),
                ("user_id", fields.BigIntField()),
                ("position", fields.SmallIntField()),
            ],
            options={
                "table": "mentions",
                "app": "models",
                "indexes": [
                    Index(fields=["source_id", "position"], name="mentions_of_source"),
                    Index(fields=["user_id", "id"], name="mentions_of_user"),
                ],
                "pk_attr": "id",
                "table_description": "`user_id` is named in the text of a post or a comment, `source_id`, as the `position`th.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Relation",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("from_id", fields.BigIntField()),
                ("to_id", fields.BigIntField()),
                ("kind", fields.SmallIntField()),
            ],
            options={
                "table": "relations",
                "app": "models",
                "unique_together": (("from_id", "to_id", "kind"),),
                "indexes": [
                    Index(fields=["from_id", "kind", "id"], name="relations_from"),
                    Index(fields=["to_id", "kind", "id"], name="relations_to"),
                ],
                "pk_attr": "id",
                "table_description": "How `from_id` stands to `to_id`: one row for each `kind`, which is a bit of `domain.graph.rows.Kind`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Save",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("user_id", fields.BigIntField()),
                ("post_id", fields.BigIntField()),
            ],
            options={
                "table": "saves",
                "app": "models",
                "unique_together": (("user_id", "post_id"),),
                "indexes": [
                    Index(fields=["user_id", "id"], name="saves_of_user"),
                    Index(fields=["post_id", "id"], name="saves_of_post"),
                ],
                "pk_attr": "id",
                "table_description": "`user_id` keeps a post for themselves.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Tagging",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("hashtag_id", fields.BigIntField()),
                ("post_id", fields.BigIntField()),
                ("author_id", fields.BigIntField()),
                ("published_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "taggings",
                "app": "models",
                "unique_together": (("post_id", "hashtag_id"),),
                "pk_attr": "id",
                "table_description": "A published post under one of its hashtags, on the side of the hashtag.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Tally",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("counts", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "tallies",
                "app": "models",
                "pk_attr": "id",
                "table_description": "What has become more or fewer, `counts` of (counter, id, by), and is not in the counters yet.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="UserTag",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("upload_id", fields.BigIntField()),
                ("user_id", fields.BigIntField()),
                ("position", fields.SmallIntField()),
                ("x", fields.FloatField()),
                ("y", fields.FloatField()),
            ],
            options={
                "table": "user_tags",
                "app": "models",
                "unique_together": (("upload_id", "user_id"),),
                "indexes": [Index(fields=["user_id", "id"], name="user_tags_of_user")],
                "pk_attr": "id",
                "table_description": "`user_id` is shown at (`x`, `y`) in the picture of `upload_id`, 0..1 from the left and the top.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="Attachment",
            options={
                "table": "attachments",
                "app": "models",
                "indexes": [Index(fields=["post_id", "position"], name="attachments_of_post")],
                "pk_attr": "id",
                "table_description": "What an upload was used for: a picture of a post, or (without one) the avatar of its owner. At most one thing.",
            },
        ),
        ops.AlterField(
            model_name="Attachment",
            name="post",
            field=fields.ForeignKeyField(
                "models.Post",
                source_field="post_id",
                null=True,
                db_constraint=True,
                to_field="id",
                on_delete=OnDelete.CASCADE,
            ),
        ),
        ops.AddField(
            model_name="Upload",
            name="used",
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name="Post",
            name="comment_count",
            field=fields.IntField(db_default=0),
        ),
        ops.AddField(
            model_name="Post",
            name="comments_disabled",
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name="Post",
            name="edited_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Post",
            name="hashtags",
            field=ArrayField(db_default=[], element_type="TEXT"),
        ),
        ops.AddField(
            model_name="Post",
            name="like_count",
            field=fields.IntField(db_default=0),
        ),
        ops.AddField(
            model_name="Post",
            name="location_id",
            field=fields.BigIntField(null=True),
        ),
        ops.AlterModelOptions(
            name="User",
            options={
                "table": "users",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A person. `username` and `email` are stored in lower case; `avatar` holds the picture that is shown.",
            },
        ),
        ops.AlterField(
            model_name="User",
            name="display_name",
            field=fields.TextField(unique=False),
        ),
        ops.AddField(
            model_name="User",
            name="avatar",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="User",
            name="bio",
            field=fields.TextField(db_default="", unique=False),
        ),
        ops.AddField(
            model_name="User",
            name="follower_count",
            field=fields.IntField(db_default=0),
        ),
        ops.AddField(
            model_name="User",
            name="following_count",
            field=fields.IntField(db_default=0),
        ),
        ops.AddField(
            model_name="User",
            name="is_private",
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name="User",
            name="is_verified",
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name="User",
            name="post_count",
            field=fields.IntField(db_default=0),
        ),
        ops.AddField(
            model_name="User",
            name="status",
            field=fields.CharField(db_default="ACTIVE", max_length=12),
        ),
        ops.RunSQL(
            "INSERT INTO relations (id, from_id, to_id, kind) SELECT id, follower_id, followee_id, 1 FROM follows"
        ),
        ops.DeleteModel(name="Follow"),
    ]
