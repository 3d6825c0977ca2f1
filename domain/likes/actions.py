"""Likes of posts and comments, at any rate.

A like is one statement and locks no row that others want. It locks the pair of users, checks that their relationship is
what it was when the viewer's access was decided, and writes the like and the event that counts it. The row of the
subject is not locked; `workers/counters` adds up. A like can be withdrawn at any time: that takes no lock.
"""

from collections.abc import Sequence

from clients.postgres import Database, Row
from domain import counters, events
from domain.counters import Count
from domain.graph.locks import LOCK_SQL, Related, RelationshipChanged, lock_args
from domain.likes.rows import Likeable
from kit import ids
from kit.errors import mistake

_LIKE = f"""
WITH held AS MATERIALIZED ({LOCK_SQL}),
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
       (SELECT count(*) FROM (
           SELECT FROM likes WHERE subject_id = $6 AND is_counted ORDER BY id LIMIT {counters.MAX_EXACT_COUNT}
       ) l) AS few
FROM held"""

_UNLIKE = f"""
WITH gone AS (
    DELETE FROM likes l USING {{table}} s WHERE s.id = $3 AND l.subject_id = s.id AND l.user_id = $1
    RETURNING l.id, l.is_counted
),
told AS (
    {counters.INSERT} SELECT next_id($2), $4::jsonb FROM gone WHERE is_counted
),
noted AS (
    {events.INSERT} SELECT next_id($2), 'LikeChanged', $5::jsonb, now() FROM gone
)
SELECT (SELECT like_count FROM {{table}} WHERE id = $3) AS count,
       (SELECT count(*) FROM (
           SELECT FROM likes WHERE subject_id = $3 AND is_counted ORDER BY id LIMIT {counters.MAX_EXACT_COUNT}
       ) l) AS few
FROM gone"""


async def like(db: Database, viewer_id: int, subject: Likeable, owners: Sequence[Related]) -> int | None:
    """Like `subject`, which the viewer may see; `owners` are the users on whom that depends.

    Returns the number of likes including this one; None if the viewer liked it before. Raises RelationshipChanged, and
    UserErrors: NOT_FOUND if it has been deleted in the meantime.
    """
    written = await db.fetchrow(
        _LIKE.format(table=subject.TABLE),
        *lock_args(viewer_id, owners),
        ids.shard_of(subject.id),
        subject.id,
        *_news(subject.LIKE_COUNTER, subject.id, viewer_id, 1),
    )
    assert written is not None
    if not written["held"]:
        raise RelationshipChanged
    if written["count"] is None:
        raise mistake("NOT_FOUND", "The item has been deleted.", subject.INPUT_FIELD)
    return _likes(written, 1) if written["changed"] else None


async def unlike(db: Database, viewer_id: int, kind: type[Likeable], subject_id: int) -> int | None:
    """Withdraw the viewer's like of a post or comment, which they need not see. Returns the likes without it.

    Returns None if the viewer does not like it, or it is deleted.
    """
    written = await db.fetchrow(
        _UNLIKE.format(table=kind.TABLE),
        viewer_id,
        ids.shard_of(subject_id),
        subject_id,
        *_news(kind.LIKE_COUNTER, subject_id, viewer_id, -1),
    )
    return _likes(written, -1) if written is not None else None


def _news(counter: str, subject_id: int, viewer_id: int, by: int) -> tuple[str, str]:
    """Return the tally and the event of a like that was added or removed."""
    tally = counters.encode(Count(counter, subject_id, by))
    return tally, events.encode(events.LikeChanged(subject_id, viewer_id)).decode()


def _likes(written: Row, by: int) -> int:
    """Return the number of likes after a statement that saw the number before it."""
    few: int = written["few"]
    return (few if few < counters.MAX_EXACT_COUNT else max(written["count"], few)) + by
