"""Posts of private and inactive accounts no longer count for their hashtags.

The column's default is what older versions write. Jobs set it for accounts that are private or inactive now, and the
worker `repair` holds the counters to it.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

_JOBS = """
INSERT INTO jobs (id, kind, subject_id, due_at, created_at)
SELECT next_id((a.id >> 10 & 4095)::int), 'list taggings', a.id, now(), now()
FROM (SELECT DISTINCT t.author_id AS id FROM taggings t JOIN users u ON u.id = t.author_id
      WHERE u.is_private OR u.status <> 'ACTIVE') a
ON CONFLICT (kind, subject_id) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0021_storage_usage")]

    initial = False
    atomic = False

    operations = [
        ops.AddField(
            model_name="Tagging",
            name="is_listed",
            field=fields.BooleanField(db_default=True),
        ),
        ops.RunSQL(_JOBS, reverse_sql="DELETE FROM jobs WHERE kind = 'list taggings'"),
    ]
