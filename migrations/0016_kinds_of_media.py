"""What is kept of media says of which kind it is; videos are claimed apart; a READY upload can have renditions to come."""

from tortoise import migrations
from tortoise.migrations import operations as ops

_CLAIMS = "CREATE INDEX uploads_to_process ON uploads"


class Migration(migrations.Migration):
    dependencies = [("models", "0015_media")]

    operations = [
        ops.RunSQL(
            """
            UPDATE uploads SET media = media || '{"kind": "photo"}', progress = 1 WHERE media IS NOT NULL;
            UPDATE users SET avatar = avatar || '{"kind": "photo"}' WHERE avatar IS NOT NULL
            """,
            reverse_sql="""
            UPDATE uploads SET media = media - 'kind' WHERE media IS NOT NULL;
            UPDATE users SET avatar = avatar - 'kind' WHERE avatar IS NOT NULL
            """,
        ),
        ops.RunSQL(
            "DROP INDEX uploads_to_process",
            reverse_sql=f"{_CLAIMS} (claimed_until NULLS FIRST, id) WHERE status = 'PROCESSING'",
        ),
        ops.RunSQL(
            f"{_CLAIMS} (heavy, (status = 'READY'), id) "
            "WHERE status = 'PROCESSING' OR (status = 'READY' AND progress < 1)",
            reverse_sql="DROP INDEX uploads_to_process",
        ),
        ops.RunSQL(
            "CREATE INDEX uploads_in_review ON uploads (id) WHERE status = 'IN_REVIEW'",
            reverse_sql="DROP INDEX uploads_in_review",
        ),
    ]
