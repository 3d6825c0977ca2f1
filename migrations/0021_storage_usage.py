"""Storage in use is counted for each account.

The table begins empty: the row of an account that has uploads is made when it is first needed, from these.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

_STORED = (
    "uploads_stored ON uploads (owner_id) INCLUDE (byte_size) "
    "WHERE status IN ('AWAITING_BYTES', 'PROCESSING', 'READY', 'IN_REVIEW')"
)


class Migration(migrations.Migration):
    dependencies = [("models", "0020_queue_of_media")]

    initial = False
    atomic = False

    operations = [
        ops.CreateModel(
            name="StorageUsage",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("used_bytes", fields.BigIntField()),
            ],
            options={
                "table": "storage_usage",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Bytes of the originals of an account's uploads that are stored or awaited; the id is the account's.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            ["DROP INDEX CONCURRENTLY IF EXISTS uploads_stored", f"CREATE INDEX CONCURRENTLY {_STORED}"],
            reverse_sql="DROP INDEX CONCURRENTLY uploads_stored",
        ),
    ]
