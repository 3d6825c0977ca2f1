"""The notification that more can join, and who did it last."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0013_notifications")]

    operations = [
        ops.RunSQL(
            "CREATE UNIQUE INDEX notifications_open ON notifications (user_id, kind, target_id) WHERE open",
            reverse_sql="DROP INDEX notifications_open",
        ),
        ops.RunSQL(
            "CREATE INDEX acts_newest ON acts (notification_id, id) WHERE newest", reverse_sql="DROP INDEX acts_newest"
        ),
    ]
