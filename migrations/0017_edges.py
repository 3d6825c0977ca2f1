from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0016_kinds_of_media")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Erasure",
            name="gone",
            field=fields.BooleanField(db_default=False),
        ),
    ]
