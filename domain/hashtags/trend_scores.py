"""Which hashtags trend: those that more people use now than usual at this time of day.

Each person counts once for a hashtag, by their latest use of it in the last 6 hours, with a weight that halves every 2
hours. `recent` is the sum of these weights, `expected` the mean of the same sum at the same time of the last 7 days:

    score = recent * ln((recent + 1) / (expected + 1))

A hashtag trends if at least 5 people used it, and `recent` is at least a tenth above `expected`. Only posts that
strangers may see count (`taggings.is_listed`). docs/decisions/0028-trends.md says why.
"""

from datetime import datetime

import msgspec

from clients.postgres import Queries

DAYS = 7
MIN_PEOPLE = 5
"""Fewer different people than that in the last 6 hours are no trend."""

MIN_GROWTH = 1.1
MAX_CANDIDATES = 500
MAX_TRENDS = 100
_WINDOW = "interval '6 hours'"
_HALF_LIFE_S = 7200
_DAY = "interval '24 hours'"


class Trend(msgspec.Struct, frozen=True, array_like=True):
    """A hashtag that trends. `people_by_day`: different people who used it in each of the last 7 days (24 hours each,
    until the time of computation), oldest first.
    """

    hashtag_id: int
    score: float
    people_by_day: tuple[int, ...]

    @property
    def people_today(self) -> int:
        """Different people in the last 24 hours, rounded down to two significant digits."""
        return rounded_down(self.people_by_day[-1])


def rounded_down(count: int) -> int:
    """`count` with all but its first two digits set to zero."""
    unit: int = 10 ** max(len(str(count)) - 2, 0)
    return count // unit * unit


def _weight(since: str) -> str:
    return f"sum(power(0.5::float8, extract(epoch FROM {since} - at)::float8 / {_HALF_LIFE_S}))"


def _ended(before: str) -> str:
    """SQL for the end of the day that is so many days before now."""
    return f"$1::timestamptz - {before} * {_DAY}"


_IS_BANNED = """coalesce((
    SELECT true FROM hashtags h JOIN banned_hashtags b ON b.name = h.name WHERE h.id = p.id
), false)"""

_TRENDS = f"""
WITH latest AS MATERIALIZED (
    SELECT hashtag_id, author_id, max(published_at) AS at FROM taggings
    WHERE is_listed AND published_at > $1::timestamptz - {_WINDOW} AND published_at <= $1 GROUP BY 1, 2
), popular AS MATERIALIZED (
    SELECT hashtag_id AS id, {_weight("$1::timestamptz")} AS recent FROM latest
    GROUP BY 1 HAVING count(*) >= {MIN_PEOPLE}
), candidates AS MATERIALIZED (
    SELECT id, recent FROM popular p WHERE NOT {_IS_BANNED} ORDER BY recent DESC, id LIMIT {MAX_CANDIDATES}
), trends AS MATERIALIZED (
    SELECT c.id, c.recent * ln((c.recent + 1) / (e.expected + 1)) AS score
    FROM candidates c CROSS JOIN LATERAL (
        SELECT coalesce(sum(d.weight), 0) / {DAYS} AS expected FROM generate_series(1, {DAYS}) day CROSS JOIN LATERAL (
            SELECT {_weight(_ended("day"))} AS weight FROM (
                SELECT max(published_at) AS at FROM taggings
                WHERE hashtag_id = c.id AND is_listed
                  AND published_at > {_ended("day")} - {_WINDOW} AND published_at <= {_ended("day")}
                GROUP BY author_id
            ) used
        ) d
    ) e
    WHERE c.recent >= {MIN_GROWTH} * e.expected ORDER BY score DESC, c.id LIMIT {MAX_TRENDS}
)
SELECT id, score, ARRAY(
    SELECT (
        SELECT count(DISTINCT author_id) FROM taggings
        WHERE hashtag_id = t.id AND is_listed
          AND published_at > {_ended("(day + 1)")} AND published_at <= {_ended("day")}
    ) FROM generate_series({DAYS - 1}, 0, -1) AS day ORDER BY day DESC
) AS people_by_day
FROM trends t ORDER BY score DESC, id
"""


async def compute(db: Queries, now: datetime) -> tuple[Trend, ...]:
    """The hashtags that trend at `now`, highest score first: at most 100. One statement."""
    records = await db.fetch(_TRENDS, now)
    return tuple(Trend(record["id"], record["score"], tuple(record["people_by_day"])) for record in records)
