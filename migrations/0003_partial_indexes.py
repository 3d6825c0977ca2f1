"""Indexes over the part of a table that a query ever looks at."""

from tortoise import migrations
from tortoise.migrations import operations as ops

INDEXES = {
    "posts_of_author": "posts (author_id, published_at DESC, id DESC) WHERE published_at IS NOT NULL",
    "outbox_unsent": "outbox (id) WHERE sent_at IS NULL",
    "outbox_sent": "outbox (sent_at) WHERE sent_at IS NOT NULL",
    "uploads_to_process": "uploads (claimed_until NULLS FIRST, id) WHERE status = 'PROCESSING'",
    "uploads_awaiting": "uploads (expires_at) WHERE status = 'AWAITING_BYTES'",
}


class Migration(migrations.Migration):
    dependencies = [("models", "0002_ids")]

    operations = [
        ops.RunSQL(f"CREATE INDEX {name} ON {columns}", reverse_sql=f"DROP INDEX {name}")
        for name, columns in INDEXES.items()
    ]
