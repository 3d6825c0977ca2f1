"""Indexes over the part of a table that a query ever looks at, and the lock of two people."""

from tortoise import migrations
from tortoise.migrations import operations as ops

INDEXES = {
    "posts_of_location": "posts (location_id, published_at DESC, id DESC) WHERE location_id IS NOT NULL",
    "taggings_of_hashtag": "taggings (hashtag_id, published_at DESC, post_id DESC)",
    "taggings_by_author": "taggings (hashtag_id, author_id)",
    "comments_of_post": "comments (post_id, id) WHERE parent_id IS NULL",
    "replies_of_comment": "comments (parent_id, id) WHERE parent_id IS NOT NULL",
    "tallies_unsent": "tallies (id) WHERE sent_at IS NULL",
    "former_usernames_of_user": "former_usernames (user_id) WHERE user_id IS NOT NULL",
    "uploads_unused": "uploads (created_at) WHERE NOT used",
    "uploads_of_owner": "uploads (owner_id)",
    "sessions_of_user": "sessions (user_id)",
    "posts_by_author": "posts (author_id, id)",
    "comments_by_author_on_post": "comments (post_id, author_id)",
}

# Whoever writes what one person does to others takes these locks first, and so does whoever blocks. The look that follows
# has a snapshot of its own (a volatile function), so it sees what was waited for.
HOLD = """
CREATE FUNCTION hold(viewer bigint, others bigint[], outwards integer[], inwards integer[])
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE other bigint;
BEGIN
  FOR other IN SELECT DISTINCT o FROM unnest(others) o ORDER BY o LOOP
    PERFORM pg_advisory_xact_lock(hashint8extended(least(viewer, other), greatest(viewer, other)));
  END LOOP;
  RETURN NOT EXISTS (
    SELECT FROM unnest(others, outwards, inwards) AS seen(person, outward, inward)
    WHERE outward <> coalesce((SELECT bit_or(kind) FROM relations WHERE from_id = viewer AND to_id = person), 0)
       OR inward <> coalesce((SELECT bit_or(kind) FROM relations WHERE from_id = person AND to_id = viewer), 0)
  );
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0004_people_and_posts")]

    operations = [
        *(
            ops.RunSQL(f"CREATE INDEX {name} ON {columns}", reverse_sql=f"DROP INDEX {name}")
            for name, columns in INDEXES.items()
        ),
        ops.RunSQL("UPDATE uploads SET used = true WHERE id IN (SELECT upload_id FROM attachments)", reverse_sql=""),
        ops.RunSQL(
            "CREATE UNIQUE INDEX attachments_of_upload ON attachments (upload_id)",
            reverse_sql="DROP INDEX attachments_of_upload",
        ),
        ops.RunSQL(HOLD, reverse_sql="DROP FUNCTION hold(bigint, bigint[], integer[], integer[])"),
        ops.RunSQL(
            "UPDATE users SET follower_count = f.n FROM (SELECT to_id, count(*) AS n FROM relations GROUP BY 1) f WHERE to_id = users.id"
        ),
        ops.RunSQL(
            "UPDATE users SET following_count = f.n FROM (SELECT from_id, count(*) AS n FROM relations GROUP BY 1) f WHERE from_id = users.id"
        ),
        ops.RunSQL(
            "UPDATE users SET post_count = p.n FROM (SELECT author_id, count(*) AS n FROM posts WHERE published_at IS NOT NULL GROUP BY 1) p WHERE author_id = users.id"
        ),
    ]
