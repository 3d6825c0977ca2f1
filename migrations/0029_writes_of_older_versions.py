"""Accounts and taggings that older versions write are listed and counted as those of this one.

Older versions change the status and the privacy of an account without the jobs that follow from it, and list all
taggings. Triggers do it for them; a release later nobody needs these any more. The jobs are due in an hour, since older
versions of the worker `jobs` do not know them; this version brings its own forward.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

_JOBS = """
CREATE OR REPLACE FUNCTION promise_jobs_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO jobs (id, kind, subject_id, due_at, created_at)
  SELECT next_id((NEW.id >> 10 & 4095)::int), k.kind, NEW.id, now() + interval '1 hour', now()
  FROM (VALUES ('list taggings'), ('count activity')) AS k(kind)
  WHERE k.kind = 'list taggings' OR NEW.status <> OLD.status
  ON CONFLICT (kind, subject_id) DO UPDATE SET due_at = excluded.due_at;
  RETURN NULL;
END $$
"""
_JOBS_TRIGGER = """
CREATE TRIGGER promise_jobs_of_account AFTER UPDATE OF status, is_private ON users FOR EACH ROW
WHEN (NEW.status <> 'DELETED' AND (NEW.status <> OLD.status OR NEW.is_private <> OLD.is_private))
EXECUTE FUNCTION promise_jobs_of_account()
"""
_LISTED = """
CREATE OR REPLACE FUNCTION list_tagging() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.is_listed := coalesce(
    (SELECT NOT is_private AND status = 'ACTIVE' FROM users WHERE id = NEW.author_id), false
  );
  RETURN NEW;
END $$
"""
_LISTED_TRIGGER = """
CREATE TRIGGER list_tagging BEFORE INSERT ON taggings FOR EACH ROW WHEN (NEW.is_listed)
EXECUTE FUNCTION list_tagging()
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0028_written_hashtags")]

    initial = False

    operations = [
        ops.RunSQL(
            [_JOBS, "DROP TRIGGER IF EXISTS promise_jobs_of_account ON users", _JOBS_TRIGGER],
            reverse_sql=[
                "DROP TRIGGER IF EXISTS promise_jobs_of_account ON users",
                "DROP FUNCTION IF EXISTS promise_jobs_of_account()",
            ],
        ),
        ops.RunSQL(
            [_LISTED, "DROP TRIGGER IF EXISTS list_tagging ON taggings", _LISTED_TRIGGER],
            reverse_sql=["DROP TRIGGER IF EXISTS list_tagging ON taggings", "DROP FUNCTION IF EXISTS list_tagging()"],
        ),
    ]
