"""People remove their mention from a post or comment; the row stays, so that an edit does not mention them again.

Older versions write the default. Until they are gone they show removed mentions, and their edits bring those back.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0024_notification_sequences")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Mention",
            name="is_removed",
            field=fields.BooleanField(db_default=False),
        ),
    ]
