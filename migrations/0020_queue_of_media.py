"""Uploads are claimed by the class of work they are, and by account.

The indexes are built without blocking writes. One whose building was interrupted is dropped and built again.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

UNFINISHED = "status = 'PROCESSING' OR (status = 'READY' AND progress < 1)"
INDEXES = {
    "uploads_queue": f"uploads (heavy, slow, status, id) WHERE {UNFINISHED}",
    "uploads_queue_of_owner": f"uploads (heavy, slow, status, owner_id, id) WHERE {UNFINISHED}",
    "uploads_claimed": f"uploads (claimed_until) WHERE claimed_until IS NOT NULL AND ({UNFINISHED})",
}
_REPLACED = f"uploads_to_process ON uploads (heavy, (status = 'READY'), id) WHERE {UNFINISHED}"


class Migration(migrations.Migration):
    dependencies = [("models", "0019_indexes_of_stories")]

    initial = False
    atomic = False

    operations = [
        ops.AddField(
            model_name="Upload",
            name="slow",
            field=fields.BooleanField(db_default=False),
        ),
        *(
            ops.RunSQL(
                [f"DROP INDEX CONCURRENTLY IF EXISTS {name}", f"CREATE INDEX CONCURRENTLY {name} ON {columns}"],
                reverse_sql=f"DROP INDEX CONCURRENTLY {name}",
            )
            for name, columns in INDEXES.items()
        ),
        ops.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS uploads_to_process",
            reverse_sql=f"CREATE INDEX CONCURRENTLY {_REPLACED}",
        ),
    ]
