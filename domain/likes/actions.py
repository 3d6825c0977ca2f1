"""Liking posts and comments, at any rate.

A like is one statement and touches no row that others want: it takes the lock of the two people, looks whether they
stand as they did when it was decided that the viewer may see the subject, and writes the like and the event that counts
it. The row of the subject is not locked; `workers/counters` adds up.
"""

from collections.abc import Sequence

from clients.postgres import Database
from domain import counters, events, privacy
from domain.accounts.rows import User
from domain.comments.rows import Comment
from domain.counters import Count
from domain.posts.rows import Post
from kit import ids
from kit.errors import mistake


def _tables(subject: Post | Comment) -> tuple[str, str]:
    return ("posts", "post.likes") if isinstance(subject, Post) else ("comments", "comment.likes")


_LIKE = f"""
WITH held AS MATERIALIZED ({privacy.HELD}),
made AS (
    INSERT INTO likes (id, subject_id, user_id)
    SELECT next_id($5), s.id, $1 FROM {{table}} s, held WHERE s.id = $6 AND held.held
    ON CONFLICT (subject_id, user_id) DO NOTHING RETURNING id
),
told AS (
    {counters.INSERT} SELECT next_id($5), $7::jsonb FROM made
),
noted AS (
    {events.INSERT} SELECT next_id($5), 'LikeChanged', $8::jsonb, now() FROM made
)
SELECT held.held, (SELECT true FROM made) AS changed, (SELECT like_count FROM {{table}} WHERE id = $6) AS count,
       (SELECT count(*) FROM (SELECT FROM likes WHERE subject_id = $6 ORDER BY id LIMIT {counters.FEW}) l) AS few
FROM held"""

_UNLIKE = f"""
WITH held AS MATERIALIZED ({privacy.HELD}),
gone AS (DELETE FROM likes USING held WHERE held.held AND subject_id = $6 AND user_id = $1 RETURNING id),
told AS (
    {counters.INSERT} SELECT next_id($5), $7::jsonb FROM gone
),
noted AS (
    {events.INSERT} SELECT next_id($5), 'LikeChanged', $8::jsonb, now() FROM gone
)
SELECT held.held, (SELECT true FROM gone) AS changed, (SELECT like_count FROM {{table}} WHERE id = $6) AS count,
       (SELECT count(*) FROM (SELECT FROM likes WHERE subject_id = $6 ORDER BY id LIMIT {counters.FEW}) l) AS few
FROM held"""


async def like(db: Database, viewer_id: int, subject: Post | Comment, owners: Sequence[User]) -> int | None:
    """The viewer likes `subject`, which they may see; `owners` are those on whom that depends.

    Its likes with this one, None where it was liked before. Raises `privacy.Changed`, and UserErrors: NOT_FOUND where
    it has been deleted meanwhile.
    """
    return await _write(db, _LIKE, viewer_id, subject, owners, 1)


async def unlike(db: Database, viewer_id: int, subject: Post | Comment, owners: Sequence[User]) -> int | None:
    """The viewer likes `subject` no longer: as `like`."""
    return await _write(db, _UNLIKE, viewer_id, subject, owners, -1)


async def _write(
    db: Database, statement: str, viewer_id: int, subject: Post | Comment, owners: Sequence[User], by: int
) -> int | None:
    table, counter = _tables(subject)
    written = await db.fetchrow(
        statement.format(table=table),
        *privacy.facts(viewer_id, owners),
        ids.shard_of(subject.id),
        subject.id,
        counters.encode(Count(counter, subject.id, by)),
        events.encode(events.LikeChanged(subject.id, viewer_id)).decode(),
    )
    assert written is not None
    if not written["held"]:
        raise privacy.Changed
    if written["count"] is None:
        raise mistake("NOT_FOUND", "It has been deleted.", "commentId" if isinstance(subject, Comment) else "postId")
    few: int = written["few"]  # before this one
    return (few if few < counters.FEW else max(written["count"], few)) + by if written["changed"] else None
