"""What people with deactivated accounts did is no longer counted.

The columns' default is what older versions write. A job for each account that is deactivated now sets them in an hour, when
workers that know it run, and the worker
`repair` holds the counters to them, also where an older version counted what is not counted any more.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

_JOBS = """
INSERT INTO jobs (id, kind, subject_id, due_at, created_at)
SELECT next_id((u.id >> 10 & 4095)::int), 'count activity', u.id, now() + interval '1 hour', now()
FROM users u WHERE u.status = 'DEACTIVATED'
ON CONFLICT (kind, subject_id) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0025_removed_mentions")]

    initial = False
    atomic = False

    operations = [
        *(
            ops.AddField(model_name=name, name="is_counted", field=fields.BooleanField(db_default=True))
            for name in ("Like", "Comment", "StoryView", "Relation")
        ),
        ops.RunSQL(_JOBS, reverse_sql="DELETE FROM jobs WHERE kind = 'count activity'"),
    ]
