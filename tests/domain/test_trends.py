"""Which hashtags trend: the formula against a slow computation in Python, and who counts."""

import math
import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients import postgres
from clients.postgres import Database, Queries
from domain.entities import hashtag_name
from domain.hashtags import bans
from domain.hashtags.trend_scores import compute, rounded_down

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
Use = tuple[int, int, timedelta, bool]
"""A hashtag and a person by their numbers, how long ago, whether strangers may see the post."""


@pytest.fixture(scope="module")
async def db(database: str) -> AsyncIterator[Database]:
    """A database of this module's own, without triggers: its taggings have no accounts."""
    server = database.rsplit("/", 1)[0]
    admin = await asyncpg.connect(f"{server}/postgres")
    await admin.execute("CREATE DATABASE trends TEMPLATE template_of_tests")
    opened = await postgres.connect(f"{server}/trends", size=2)
    await opened.execute("ALTER TABLE taggings DISABLE TRIGGER USER")
    yield opened
    await opened.close()
    await admin.execute("DROP DATABASE trends WITH (FORCE)")
    await admin.close()


async def use(db: Queries, uses: Sequence[Use]) -> dict[int, int]:
    """Fill the database with these uses alone; the ids of the hashtags by their numbers."""
    await db.execute("TRUNCATE taggings, hashtags, banned_hashtags")
    numbers = sorted({hashtag for hashtag, *_ in uses})
    await db.execute("INSERT INTO hashtags (id, name) SELECT n + 1, 'tag' || n FROM unnest($1::bigint[]) AS n", numbers)
    await db.execute(
        """
        INSERT INTO taggings (id, hashtag_id, post_id, author_id, published_at, is_listed)
        SELECT n, hashtag + 1, n, person, at, listed
        FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::bool[]) WITH ORDINALITY
             AS u(hashtag, person, at, listed, n)
        """,
        [hashtag for hashtag, *_ in uses],
        [person for _, person, *_ in uses],
        [NOW - ago for _, _, ago, _ in uses],
        [listed for *_, listed in uses],
    )
    return {n: n + 1 for n in numbers}


def obviously(uses: Sequence[Use], banned: set[int] = frozenset()) -> dict[int, tuple[float, list[int]]]:  # type: ignore[assignment]
    """Scores and people by day of the hashtags that trend, by the definition."""

    def weights(hashtag: int, end: datetime) -> list[float]:
        latest: dict[int, datetime] = {}
        for tag, person, ago, listed in uses:
            at = NOW - ago
            if tag == hashtag and listed and end - 6 * HOUR < at <= end:
                latest[person] = max(at, latest.get(person, at))
        return [0.5 ** ((end - at) / (2 * HOUR)) for at in latest.values()]

    def people(hashtag: int, end: datetime) -> int:
        return len({p for t, p, ago, ok in uses if t == hashtag and ok and end - 24 * HOUR < NOW - ago <= end})

    found = {}
    for hashtag in {tag for tag, *_ in uses} - banned:
        now = weights(hashtag, NOW)
        recent = math.fsum(now)
        expected = math.fsum(math.fsum(weights(hashtag, NOW - day * 24 * HOUR)) for day in range(1, 8)) / 7
        if len(now) >= 5 and recent >= 1.1 * expected:
            score = recent * math.log((recent + 1) / (expected + 1))
            found[hashtag] = score, [people(hashtag, NOW - day * 24 * HOUR) for day in range(6, -1, -1)]
    return found


AGES = st.one_of(
    st.integers(0, 7 * 3600),
    st.integers(-600, 8 * 86_400),
    # The edges of the windows of each day.
    st.builds(
        lambda day, hours, by: day * 86_400 + hours * 3600 + by,
        st.integers(0, 7),
        st.sampled_from([0, 6, 24]),
        st.integers(-1, 1),
    ),
).map(lambda seconds: timedelta(seconds=seconds))
LISTED = st.sampled_from([True, True, True, False])


@st.composite
def some_uses(draw: st.DrawFn) -> list[Use]:
    """Single uses, and crowds that use the same hashtag within minutes: now, or at about this time of earlier days."""
    uses: list[Use] = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), AGES, LISTED), max_size=30))
    crowds = st.tuples(st.integers(0, 2), st.integers(3, 10), st.sampled_from([0, 0, 1, 3, 7]), st.integers(0, 360))
    for hashtag, people, day, minutes in draw(st.lists(crowds, min_size=1, max_size=8)):
        ago = timedelta(days=day, minutes=minutes)
        uses += [(hashtag, person, ago + timedelta(seconds=person), draw(LISTED)) for person in range(people)]
    return uses


@settings(max_examples=settings().max_examples * 2)
@given(uses=some_uses(), banned=st.sets(st.integers(0, 2), max_size=1))
async def test_trends_are_what_the_formula_says(db: Database, uses: list[Use], banned: set[int]) -> None:
    ids = await use(db, uses)
    for number in banned:
        await bans.ban(db, f"#Tag{number}")
    found = await compute(db, NOW)
    expected = obviously(uses, banned)
    assert {trend.hashtag_id for trend in found} == {ids[number] for number in expected}
    for trend in found:
        score, by_day = expected[trend.hashtag_id - 1]
        assert trend.score == pytest.approx(score, rel=1e-9)
        assert list(trend.people_by_day) == by_day
    assert [trend.score for trend in found] == sorted((trend.score for trend in found), reverse=True)


def by_people(hashtag: int, people: int, ago: timedelta = HOUR, listed: bool = True) -> list[Use]:
    return [(hashtag, person, ago, listed) for person in range(people)]


async def test_fewer_than_five_people_are_no_trend(db: Database) -> None:
    ids = await use(db, by_people(1, 4) + by_people(2, 5))
    assert [trend.hashtag_id for trend in await compute(db, NOW)] == [ids[2]]


async def test_many_posts_of_one_person_count_once(db: Database) -> None:
    often = [(1, 0, timedelta(minutes=n), True) for n in range(50)]
    ids = await use(db, often + by_people(2, 5))
    assert [trend.hashtag_id for trend in await compute(db, NOW)] == [ids[2]]
    ids = await use(db, often + by_people(1, 5) + by_people(2, 6))
    found = await compute(db, NOW)
    assert [(trend.hashtag_id, trend.people_by_day[-1]) for trend in found] == [(ids[2], 6), (ids[1], 5)]


async def test_posts_that_strangers_may_not_see_do_not_count(db: Database) -> None:
    ids = await use(db, by_people(1, 9, listed=False) + by_people(1, 4) + by_people(2, 5))
    assert [trend.hashtag_id for trend in await compute(db, NOW)] == [ids[2]]


async def test_daily_routine_trends_less_than_something_new(db: Database) -> None:
    routine = [use for day in range(8) for use in by_people(1, 20, day * 24 * HOUR + HOUR)]
    ids = await use(db, routine + by_people(1, 23) + by_people(2, 6))
    assert [trend.hashtag_id for trend in await compute(db, NOW)] == [ids[2], ids[1]]
    ids = await use(db, routine + by_people(2, 6))
    assert [trend.hashtag_id for trend in await compute(db, NOW)] == [ids[2]]


async def test_trend_passes_as_time_does(db: Database) -> None:
    await use(db, by_people(1, 8, timedelta(0)))
    scores = [[trend.score for trend in await compute(db, NOW + hours * HOUR)] for hours in (0, 2, 5, 6)]
    assert [len(each) for each in scores] == [1, 1, 1, 0]
    assert scores[0] > scores[1] > scores[2]


async def test_at_most_a_hundred_trend(db: Database) -> None:
    await use(db, [use for n in range(103) for use in by_people(n, 5 + n % 2)])
    found = await compute(db, NOW)
    assert len(found) == 100
    assert {len(trend.people_by_day) for trend in found} == {7}


async def test_bans_go_by_the_identity_of_a_hashtag(db: Database) -> None:
    word = secrets.token_hex(4)
    assert await bans.ban(db, f"#Straße{word}") == f"strasse{word}" == hashtag_name(f"STRASSE{word}")
    assert await bans.ban(db, f"strasse{word}") == f"strasse{word}"
    assert (await bans.banned(db)).count(f"strasse{word}") == 1
    assert await bans.allow(db, f"STRASSE{word}") == (f"strasse{word}", True)
    assert await bans.allow(db, f"STRASSE{word}") == (f"strasse{word}", False)
    for text in ("", "two words", "#", "x" * 101):
        with pytest.raises(bans.InvalidHashtagError):
            await bans.ban(db, text)


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (7, 7), (10, 10), (99, 99), (100, 100), (119, 110), (4999, 4900), (123_456, 120_000)]
)
def test_counts_are_rounded_down_to_two_digits(count: int, shown: int) -> None:
    assert rounded_down(count) == shown
