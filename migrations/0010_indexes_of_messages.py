"""The conversations that wait to be read, and the message that a picture was sent with."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0009_messages")]

    operations = [
        ops.RunSQL(
            "CREATE INDEX members_unread ON members (user_id) WHERE unread > 0 AND NOT is_request",
            reverse_sql="DROP INDEX members_unread",
        ),
        ops.RunSQL(
            "CREATE INDEX messages_of_picture ON messages (attached_id) WHERE attached_tag = 3",
            reverse_sql="DROP INDEX messages_of_picture",
        ),
    ]
