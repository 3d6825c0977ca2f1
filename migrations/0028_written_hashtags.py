"""Hashtags are shown as their first author wrote them.

Older versions write null, which is shown as the case-folded name.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0027_parked_work")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Hashtag",
            name="written",
            field=fields.CharField(max_length=100, null=True),
        ),
    ]
