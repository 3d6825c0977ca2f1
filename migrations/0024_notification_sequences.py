"""Notifications are numbered for each user, so that a subscription can resume where it was cut off.

A trigger gives the number whenever `updated_at` is set: older versions of the worker `notify`, which know nothing of
numbers, may run beside this one. Rows from before have none; they are older than any cursor.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

# The row of the user stays locked until the transaction ends, so numbers are committed in their order.
_FUNCTION = """
CREATE OR REPLACE FUNCTION number_notification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO notification_sequences AS s (id, last_seq) VALUES (NEW.user_id, 1)
  ON CONFLICT (id) DO UPDATE SET last_seq = s.last_seq + 1
  RETURNING last_seq INTO NEW.seq;
  RETURN NEW;
END $$
"""
_TRIGGER = """
CREATE TRIGGER number_notification BEFORE UPDATE OF updated_at ON notifications
FOR EACH ROW EXECUTE FUNCTION number_notification()
"""
_INDEX = "notifications_by_seq ON notifications (user_id, seq) WHERE seq IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("models", "0023_names_of_originals")]

    initial = False
    atomic = False

    operations = [
        ops.CreateModel(
            name="NotificationSequence",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("last_seq", fields.BigIntField()),
            ],
            options={
                "table": "notification_sequences",
                "app": "models",
                "pk_attr": "id",
                "table_description": "The newest `seq` of the notifications of a user, whose id it has.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Notification",
            name="seq",
            field=fields.BigIntField(null=True),
        ),
        ops.RunSQL(
            ["DROP INDEX CONCURRENTLY IF EXISTS notifications_by_seq", f"CREATE INDEX CONCURRENTLY {_INDEX}"],
            reverse_sql="DROP INDEX CONCURRENTLY notifications_by_seq",
        ),
        ops.RunSQL(
            [_FUNCTION, "DROP TRIGGER IF EXISTS number_notification ON notifications", _TRIGGER],
            reverse_sql=[
                "DROP TRIGGER IF EXISTS number_notification ON notifications",
                "DROP FUNCTION IF EXISTS number_notification()",
            ],
        ),
    ]
