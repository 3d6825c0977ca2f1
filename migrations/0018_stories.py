from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0017_edges")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Highlight",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("user_id", fields.BigIntField()),
                ("title", fields.TextField(unique=False)),
            ],
            options={
                "table": "highlights",
                "app": "models",
                "indexes": [Index(fields=["user_id", "id"], name="highlights_of_user")],
                "pk_attr": "id",
                "table_description": "Stories that `user_id` keeps past their day, under a title.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Story",
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
                ("status", fields.CharField(max_length=12)),
                ("audience", fields.CharField(max_length=13)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("published_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("view_count", fields.BigIntField(db_default=0)),
            ],
            options={
                "table": "stories",
                "app": "models",
                "indexes": [Index(fields=["author_id", "published_at", "id"], name="stories_of_author")],
                "pk_attr": "id",
                "table_description": "A photo or video that is shown for 24 hours from `published_at`, which has milliseconds.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HighlightStory",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                (
                    "highlight",
                    fields.ForeignKeyField(
                        "models.Highlight",
                        source_field="highlight_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "story",
                    fields.ForeignKeyField(
                        "models.Story",
                        source_field="story_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={
                "table": "highlight_stories",
                "app": "models",
                "unique_together": (("story_id", "highlight_id"),),
                "indexes": [Index(fields=["highlight_id", "id"], name="stories_of_highlight")],
                "pk_attr": "id",
                "table_description": "A story in a highlight; their ids are in the order in which the stories were published.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StoryView",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("story_id", fields.BigIntField()),
                ("viewer_id", fields.BigIntField()),
            ],
            options={
                "table": "story_views",
                "app": "models",
                "unique_together": (("story_id", "viewer_id"),),
                "indexes": [
                    Index(fields=["story_id", "id"], name="story_views_of_story"),
                    Index(fields=["viewer_id", "id"], name="story_views_by_viewer"),
                ],
                "pk_attr": "id",
                "table_description": "`viewer_id` has seen a story, in whose shard it lives. No foreign key: a popular story would be locked for each",
            },
            bases=["Model"],
        ),
    ]
