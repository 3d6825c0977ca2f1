"""Each original has a random name of its own in storage, which no public URL tells.

Older versions leave the name null and store originals by the token of the upload, which stands in media URLs. The worker
`sweeper` moves those (`uploads_by_old_name` finds them), whichever version stored them; until it has, they are read where
they are.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

_UNIQUE = "uploads_original_name ON uploads (original_name) WHERE original_name IS NOT NULL"
_TO_MOVE = "uploads_by_old_name ON uploads (id) WHERE original = 'originals/' || token"


class Migration(migrations.Migration):
    dependencies = [("models", "0022_listed_taggings")]

    initial = False
    atomic = False

    operations = [
        ops.AddField(
            model_name="Upload",
            name="original_name",
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.RunSQL(
            ["DROP INDEX CONCURRENTLY IF EXISTS uploads_original_name", f"CREATE UNIQUE INDEX CONCURRENTLY {_UNIQUE}"],
            reverse_sql="DROP INDEX CONCURRENTLY uploads_original_name",
        ),
        ops.RunSQL(
            ["DROP INDEX CONCURRENTLY IF EXISTS uploads_by_old_name", f"CREATE INDEX CONCURRENTLY {_TO_MOVE}"],
            reverse_sql="DROP INDEX CONCURRENTLY uploads_by_old_name",
        ),
    ]
