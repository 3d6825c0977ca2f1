"""The affinity of a reader to the authors they read: recent interactions, and their relationship.

The amount and the recency of interactions predict the strength of a tie best (Gilbert and Karahalios, "Predicting Tie
Strength with Social Media", CHI 2009). So each interaction gives points that halve every 30 days. Mutual follows and
close friendship give points that do not decay. Points p become the affinity p / (p + 10): ten likes today are 0.5.
"""

from datetime import datetime, timedelta

from clients.postgres import Queries
from domain.graph.rows import Kind
from kit import ids

LIKE, SAVE, COMMENT = 1, 2, 3
MUTUAL, CLOSE_FRIEND = 3, 15
HALF = 10
HALF_LIFE = timedelta(days=30)
ACTS = 500
MAX_AUTHORS = 200

_AFFINITIES = f"""
WITH acts AS (
    SELECT id, post_id, points FROM (
        (SELECT id, subject_id AS post_id, {LIKE} AS points FROM likes WHERE user_id = $1 ORDER BY id DESC LIMIT {ACTS})
        UNION ALL
        (SELECT id, post_id, {SAVE} FROM saves WHERE user_id = $1 ORDER BY id DESC LIMIT {ACTS})
        UNION ALL
        (SELECT id, post_id, {COMMENT} FROM comments WHERE author_id = $1 ORDER BY id DESC LIMIT {ACTS})
    ) a
),
points AS (
    SELECT p.author_id, points * power(0.5::float8, greatest($2 - a.id, 0) / $3::float8) AS points
    FROM acts a JOIN posts p ON p.id = a.post_id
    UNION ALL
    SELECT r.to_id, {CLOSE_FRIEND} FROM (
        SELECT to_id FROM relations WHERE from_id = $1 AND kind = {Kind.CLOSE_FRIEND:d} ORDER BY id DESC LIMIT {ACTS}
    ) r
    UNION ALL
    SELECT r.to_id, 0 FROM (
        SELECT to_id FROM relations WHERE from_id = $1 AND kind = {Kind.FOLLOW:d} ORDER BY id DESC LIMIT {ACTS}
    ) r
),
authors AS (SELECT author_id, sum(points) AS points FROM points WHERE author_id <> $1 GROUP BY author_id)
SELECT author_id, points FROM (
    SELECT author_id, points + CASE WHEN
        EXISTS (SELECT FROM relations WHERE (from_id, to_id, kind) = ($1, author_id, {Kind.FOLLOW:d})) AND
        EXISTS (SELECT FROM relations WHERE (from_id, to_id, kind) = (author_id, $1, {Kind.FOLLOW:d}))
    THEN {MUTUAL} ELSE 0 END AS points FROM authors
) a WHERE points > 0 ORDER BY points DESC, author_id LIMIT {MAX_AUTHORS}"""


async def affinities_of(db: Queries, reader_id: int, now: datetime) -> dict[int, float]:
    """Return the reader's affinities to at most 200 authors, 0..1, strongest first. Other authors have none.

    One query. It reads the newest 500 of each: likes, saves and comments by the reader, close friends, follows.
    """
    half_life = ids.since(ids.EPOCH + HALF_LIFE)
    records = await db.fetch(_AFFINITIES, reader_id, ids.since(now), float(half_life))
    return {record["author_id"]: record["points"] / (record["points"] + HALF) for record in records}
