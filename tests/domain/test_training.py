"""What made people act is found again from what they were shown, and nothing worse than what is in use replaces it."""

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

import config
from clients import postgres
from clients.postgres import Database
from domain.feed import ranking, training
from domain.feed.ranking import FEATURES, Candidates, Model
from domain.feed.ranking_models import current_model
from domain.feed.training import Examples, TrainingError
from embedded.stack import environment
from kit import ids
from kit.clock import epoch_ms, from_epoch_ms

ROOT = Path(__file__).parents[2]
NOW = epoch_ms(datetime.now(UTC))
HOUR = 3_600_000
TRUTH = Model(
    version=9,
    features=FEATURES,
    mean=(0.0,) * 8,
    scale=(1.0,) * 8,
    coefficients=(-0.4, -0.3, 0.2, 0.5, -0.1, 0.2, 0.8, 1.5),
    intercept=-2.0,
)


def world(count: int, truth: Model = TRUTH, seed: int = 1, best_first: bool = False) -> Examples:
    """What people were shown in ten days, and did by `truth` and the less, the further down it stood.

    With `best_first` those to whom they are close stood further up.
    """
    random = np.random.default_rng(seed)
    shown_ms = np.sort(NOW - random.integers(HOUR, 240 * HOUR, count))
    affinities = random.random(count) ** 2
    posts = Candidates(
        ids=np.arange(1, count + 1),
        published_ms=shown_ms - random.exponential(30 * HOUR, count).astype(np.int64),
        author_ids=np.zeros(count, np.int64),
        likes=random.geometric(0.05, count).astype(np.int32) - 1,
        comments=random.geometric(0.3, count).astype(np.int32) - 1,
        photos=random.integers(1, 5, count).astype(np.int16),
        caption_lengths=random.integers(0, 300, count).astype(np.int16),
        hashtags=random.integers(0, 6, count).astype(np.int16),
        has_location=random.integers(0, 2, count).astype(np.int8),
        affinities=affinities,
    )
    positions = (20 * ((1 - affinities) if best_first else random.random(count))).astype(np.int32)
    likely = ranking.interest(posts, truth, shown_ms)
    likely = 1 / (1 + np.exp(1.0 * np.log1p(positions)) * (1 - likely) / likely)
    labels = (random.random(count) < likely).astype(np.float64)
    return Examples(posts, shown_ms, random.integers(1, 40, count), positions, labels)


def per_unit(model: Model) -> list[float]:
    """Coefficients of features as they are."""
    return [coefficient / scale for coefficient, scale in zip(model.coefficients, model.scale, strict=True)]


@pytest.mark.parametrize("best_first", [False, True])
def test_what_made_people_act_is_found_again(best_first: bool) -> None:
    found = world(200_000, best_first=best_first)
    model = training.fit(found, 2)
    assert per_unit(model) == pytest.approx(TRUTH.coefficients, abs=0.35 if best_first else 0.12)
    assert (model.version, model.features) == (2, FEATURES)
    assert ranking.load(msgspec.json.encode(model)) == model


def test_what_is_not_known_yet_is_foretold_better_than_by_time() -> None:
    found = world(20_000)
    older, newest = found.part(slice(16_000)), found.part(slice(16_000, None))
    metrics = training.evaluate(newest, training.fit(older, 2), ranking.shipped(), len(older.labels))
    for measured in (metrics.auc, metrics.ndcg):
        assert 1 > measured.interest > measured.chronological
        assert measured.score > measured.chronological
    assert metrics.auc.interest > max(0.7, metrics.auc_before)
    assert (metrics.trained_on, metrics.held_out, metrics.acted) == (16_000, 4000, int(newest.labels.sum()))


def test_features_that_are_all_alike() -> None:
    found = world(2000)
    flat = found.posts.photos * 0 + 1
    alike = Candidates(**{name: getattr(found.posts, name) for name in Candidates.__slots__} | {"photos": flat})
    model = training.fit(Examples(alike, found.shown_ms, found.user_ids, found.positions, found.labels), 2)
    assert (model.scale[3], model.coefficients[3]) == (1, 0)


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    """Of this test's own."""
    pool = await postgres.connect(spare_database, size=2)
    yield pool
    await pool.close()


async def write(db: Database, found: Examples) -> None:
    """Impressions as they would have been recorded, and a like an hour later where somebody acted."""
    posts, made = found.posts, (found.shown_ms - epoch_ms(ids.EPOCH) << 22) + np.arange(len(found.labels))
    columns = (
        made,
        found.user_ids,
        posts.ids,
        found.positions,
        found.shown_ms - posts.published_ms,
        posts.likes,
        posts.comments,
        posts.photos,
        posts.caption_lengths,
        posts.hashtags,
        posts.has_location.astype(bool),
        posts.affinities,
    )
    await db.execute(
        """
        INSERT INTO impressions (feed_order, id, user_id, post_id, position, age_ms, likes, comments, photos,
                                 caption_length, hashtags, has_location, tie)
        SELECT 'RANKED', s.* FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::bigint[],
            $6::integer[], $7::integer[], $8::smallint[], $9::smallint[], $10::smallint[], $11::boolean[], $12::float8[]
        ) s
        """,
        *(column.tolist() for column in columns),
    )
    await db.execute(
        """
        INSERT INTO likes (id, user_id, subject_id)
        SELECT id + (3600000::bigint << 22), user_id, post_id FROM impressions WHERE id = ANY($1)
        """,
        made[found.labels > 0].tolist(),
    )


async def test_a_model_is_trained_and_used(db: Database) -> None:
    found = world(12_000)
    await write(db, found)
    read = await training.examples(db, from_epoch_ms(NOW))
    for one, other in ((found, read), (found.posts, read.posts)):
        for name in set(one.__dataclass_fields__) - {"posts"}:
            assert (getattr(one, name) == getattr(other, name)).all(), name
    assert len((await training.examples(db, from_epoch_ms(NOW), most=7000)).labels) == 7000

    assert await current_model(db) == ranking.shipped()
    model, metrics = await training.train(db, from_epoch_ms(NOW))
    assert model == training.fit(found.part(slice(9600)), 2)
    assert await current_model(db) == model
    assert metrics.auc.interest > metrics.auc.chronological
    stored = await db.fetchval("SELECT metrics FROM ranking_models")
    assert msgspec.json.decode(stored, type=training.Metrics) == metrics
    again, _ = await training.train(db, from_epoch_ms(NOW))
    assert again == msgspec.structs.replace(model, version=3), "no worse is as good"


async def test_too_little_is_refused(db: Database) -> None:
    with pytest.raises(TrainingError, match="too little to learn from: 0 posts"):
        await training.train(db, from_epoch_ms(NOW))
    found = world(3000)
    found.labels[:] = 0
    found.labels[:2000:20] = 1  # none among the newest fifth
    await write(db, found)
    with pytest.raises(TrainingError, match="too little to learn from: 100 posts"):
        await training.train(db, from_epoch_ms(NOW))
    await db.execute("DELETE FROM likes")
    found.labels[:] = 1
    with pytest.raises(TrainingError, match="of both"):
        await training.train(db, from_epoch_ms(NOW))
    assert await current_model(db) == ranking.shipped()


async def test_model_that_predicts_worse_is_refused(db: Database) -> None:
    """People who have changed their minds: what was learnt of them is the opposite of what they do now."""
    before = world(8000, msgspec.structs.replace(TRUTH, coefficients=tuple(-each for each in TRUTH.coefficients)))
    now = world(2000)
    for name in ("shown_ms", "user_ids", "positions", "labels"):
        getattr(before, name)[-2000:] = getattr(now, name)
    for name in Candidates.__slots__:
        if name != "ids":
            getattr(before.posts, name)[-2000:] = getattr(now.posts, name)
    span = 240 * HOUR
    before.shown_ms[:-2000] -= span
    before.posts.published_ms[:-2000] -= span
    await write(db, before)
    with pytest.raises(TrainingError, match="predicts worse than version 1, which stays"):
        await training.train(db, from_epoch_ms(NOW))
    assert await current_model(db) == ranking.shipped()


async def test_what_counts_as_acting(db: Database) -> None:
    found = world(6)
    found.labels[:] = [1, 1, 0, 0, 0, 0]
    await write(db, found)
    records = await db.fetch("SELECT id, user_id, post_id FROM impressions ORDER BY id")
    before, after, saved, said, heard, passed = ((r["id"], r["user_id"], r["post_id"]) for r in records)
    await db.execute("UPDATE likes SET id = $2 WHERE subject_id = $1", before[2], before[0] - (1 << 22))
    await db.execute("INSERT INTO saves (id, user_id, post_id) VALUES ($1::bigint + 1, $2, $3)", *saved)
    comment = "INSERT INTO comments (id, author_id, post_id, text, created_at) VALUES ($1, $2, $3, '', now())"
    for later in (5, 9 << 22):
        await db.execute(comment, said[0] + later, *said[1:])
    await db.execute(comment, heard[0] + 1, 77, heard[2])
    await db.execute(
        "INSERT INTO likes (id, user_id, subject_id) VALUES ($1::bigint + 7, 77, $2)", passed[0], passed[2]
    )
    read = await training.examples(db, from_epoch_ms(NOW))
    assert dict(zip(read.posts.ids.tolist(), read.labels.tolist(), strict=True)) == {
        after[2]: 1,
        saved[2]: 1,
        said[2]: 1,
        heard[2]: 0,
        passed[2]: 0,
    }, "who had liked it before it was shown has no part"
    last = from_epoch_ms(int(found.shown_ms[-1]))
    assert len((await training.examples(db, last)).labels) == 4, "not what was shown in that very millisecond"


async def test_a_model_over_other_features_is_not_used(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    other = msgspec.to_builtins(TRUTH) | {"features": ["luck"]}
    await db.execute(
        "INSERT INTO ranking_models (id, version, model, metrics) VALUES (1, 9, $1::jsonb, '{}')",
        msgspec.json.encode(other).decode(),
    )
    with caplog.at_level(logging.WARNING):
        assert await current_model(db) == ranking.shipped()
    assert "luck" in caplog.text
    await write(db, world(12_000))
    model, _ = await training.train(db, from_epoch_ms(NOW))
    assert (model.version, await current_model(db)) == (10, model)


async def test_the_command(db: Database, spare_database: str, settings: config.Settings) -> None:
    mine = msgspec.structs.replace(settings, database_url=spare_database)

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "workers", "train-ranking"],
            cwd=ROOT,
            env={**os.environ, **environment(mine)},
            capture_output=True,
            text=True,
        )

    refused = await asyncio.to_thread(run)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("There is too little to learn from")
    await write(db, world(12_000))
    trained = await asyncio.to_thread(run)
    assert trained.returncode == 0, trained.stderr
    assert trained.stdout.startswith("Version 2 is in use: trained on 9,600 impressions,")
    assert "NDCG@10" in trained.stdout
    assert (await current_model(db)).version == 2


def test_times() -> None:
    assert ids.made_at(ids.since(from_epoch_ms(NOW))) == from_epoch_ms(NOW)
    assert ids.since(from_epoch_ms(NOW) + timedelta(milliseconds=1)) - ids.since(from_epoch_ms(NOW)) == 1 << 22
