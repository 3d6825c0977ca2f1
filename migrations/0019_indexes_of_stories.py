"""An upload is shown as one story; what is to be removed is found without looking at what is kept."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0018_stories")]

    operations = [
        ops.RunSQL(
            "CREATE UNIQUE INDEX stories_of_upload ON stories (upload_id)",
            reverse_sql="DROP INDEX stories_of_upload",
        ),
        ops.RunSQL(
            "CREATE INDEX stories_due ON stories (due_at) WHERE due_at IS NOT NULL",
            reverse_sql="DROP INDEX stories_due",
        ),
    ]
