"""The few people whose posts are pulled, found among all that somebody follows."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0006_reach")]

    operations = [
        ops.RunSQL("CREATE INDEX users_pulled ON users (id) WHERE is_pulled", reverse_sql="DROP INDEX users_pulled"),
    ]
