from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.accounts import User
from models.media import Upload


class Story(Model):
    """A photo or video that is shown for 24 hours from `published_at`, which has milliseconds.

    It may be removed from `due_at` on; null while it waits for its media, and while a highlight keeps it.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    author: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", on_delete=fields.CASCADE)
    upload: fields.ForeignKeyRelation[Upload] = fields.ForeignKeyField(
        "models.Upload", on_delete=fields.CASCADE, unique=True
    )
    status = fields.CharField(max_length=12)
    audience = fields.CharField(max_length=13)
    created_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    view_count = fields.BigIntField(db_default=0)

    class Meta:
        table = "stories"
        indexes = [Index(fields=("author_id", "published_at", "id"), name="stories_of_author")]


class StoryView(Model):
    """`viewer_id` has seen a story, in whose shard it lives. No foreign key: a popular story would be locked for each
    view, and is removed without waiting for them."""

    id = fields.BigIntField(primary_key=True, generated=False)
    story_id = fields.BigIntField()
    viewer_id = fields.BigIntField()
    is_counted = fields.BooleanField(db_default=True)

    class Meta:
        table = "story_views"
        unique_together = (("story_id", "viewer_id"),)
        indexes = [
            Index(fields=("story_id", "id"), name="story_views_of_story"),
            Index(fields=("viewer_id", "id"), name="story_views_by_viewer"),
        ]


class Highlight(Model):
    """Stories that `user_id` keeps past their day, under a title."""

    id = fields.BigIntField(primary_key=True, generated=False)
    user_id = fields.BigIntField()
    title = fields.TextField()

    class Meta:
        table = "highlights"
        indexes = [Index(fields=("user_id", "id"), name="highlights_of_user")]


class HighlightStory(Model):
    """A story in a highlight; their ids are in the order in which the stories were published."""

    id = fields.BigIntField(primary_key=True, generated=False)
    highlight: fields.ForeignKeyRelation[Highlight] = fields.ForeignKeyField(
        "models.Highlight", on_delete=fields.CASCADE
    )
    story: fields.ForeignKeyRelation[Story] = fields.ForeignKeyField("models.Story", on_delete=fields.CASCADE)

    class Meta:
        table = "highlight_stories"
        unique_together = (("story_id", "highlight_id"),)
        indexes = [Index(fields=("highlight_id", "id"), name="stories_of_highlight")]
