"""What versions before this one write without knowing its columns (migration 0029)."""

import pytest

from tests.support import factories
from workers.parts import Parts

TAGGING = """
WITH made AS (INSERT INTO hashtags (id, name) VALUES (next_id(1), 'old ' || $1::bigint) RETURNING id)
INSERT INTO taggings (id, hashtag_id, post_id, author_id, published_at)
SELECT next_id(1), id, next_id(1), $1, now() FROM made RETURNING is_listed"""
JOBS = "SELECT array_agg(kind ORDER BY kind) FROM jobs WHERE subject_id = $1"


@pytest.mark.parametrize(
    ("change", "is_listed"),
    [("bio = ''", True), ("is_private = true", False), ("status = 'DEACTIVATED'", False)],
)
async def test_tagging_of_an_older_version_is_listed_for_strangers_only(
    parts: Parts, change: str, is_listed: bool
) -> None:
    [author] = await factories.people(parts.db, 1)
    await parts.db.execute(f"UPDATE users SET {change} WHERE id = $1", author)
    assert await parts.db.fetchval(TAGGING, author) is is_listed


@pytest.mark.parametrize(
    ("change", "jobs"),
    [
        ("is_private = true", ["list taggings"]),
        ("status = 'DEACTIVATED'", ["count activity", "list taggings"]),
        ("status = 'DELETED'", None),
        ("status = status, is_private = is_private, bio = 'new'", None),
    ],
)
async def test_older_version_that_changes_an_account_promises_its_jobs(
    parts: Parts, change: str, jobs: list[str] | None
) -> None:
    [user] = await factories.people(parts.db, 1)
    await parts.db.execute(f"UPDATE users SET {change} WHERE id = $1", user)
    assert await parts.db.fetchval(JOBS, user) == jobs
    await parts.db.execute("DELETE FROM jobs WHERE subject_id = $1", user)
