"""Training of the interest model on impressions and interactions.

An example is an impression: its features are those of its row. Its label is whether the viewer's first interaction with
the post (like, save or comment) came after it. Viewers who had interacted before are left out: they had seen the post
elsewhere.

The first position gets the most attention (Craswell et al., "An Experimental Comparison of Click Position-Bias Models",
WSDM 2008), which would reinforce itself. So the position is a feature in training only: for ranking, all positions are
the mean one (Zinkevich, "Rules of Machine Learning", rule 36).

The older four fifths are the training set; the rest measures how well the model predicts.
"""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from clients.postgres import Database, Queries, Row
from domain.feed import ranking, ranking_models, regression
from domain.feed.ranking import FEATURES, Candidates, Model
from domain.feed.regression import Floats, NotConverged, auc, ndcg
from kit import ids
from kit.clock import epoch_ms

MAX_EXAMPLES = 200_000
CHUNK = 5_000
SETTLED = timedelta(minutes=10)
TRAINED_SHARE = 0.8
MIN_EXAMPLES = 100
DAY_MS = 86_400_000

_EXAMPLES = """
SELECT i.*, least(
    (SELECT id FROM likes WHERE subject_id = i.post_id AND user_id = i.user_id),
    (SELECT id FROM saves WHERE post_id = i.post_id AND user_id = i.user_id),
    (SELECT min(id) FROM comments WHERE post_id = i.post_id AND author_id = i.user_id)
) AS acted FROM (SELECT * FROM impressions WHERE id < $1 ORDER BY id DESC LIMIT $2) i ORDER BY i.id DESC"""


class TrainingError(Exception):
    """No model was trained, or it is not used. The message is a sentence that says why."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Impressions, oldest first: the post, the time (ms since 1970), the viewer, the position, and 1 if they
    interacted.
    """

    posts: Candidates
    shown_ms: NDArray[np.int64]
    user_ids: NDArray[np.int64]
    positions: NDArray[np.int32]
    labels: Floats

    def part(self, which: slice) -> "Examples":
        """Return a subset."""
        posts = Candidates(**{field.name: getattr(self.posts, field.name)[which] for field in fields(Candidates)})
        return Examples(posts, self.shown_ms[which], self.user_ids[which], self.positions[which], self.labels[which])

    @property
    def classes(self) -> tuple[int, int]:
        """Return the numbers of negative and positive examples."""
        acted = int(self.labels.sum())
        return len(self.labels) - acted, acted


class Compared(msgspec.Struct, frozen=True):
    """A metric for three orders: by the model's interest, by the full score, by time."""

    interest: float
    score: float
    chronological: float


class Metrics(msgspec.Struct, frozen=True):
    """Metrics on the `held_out` newest examples, `acted` of them positive, after training on `trained_on`.

    NDCG is of the first ten posts that a reader was shown in a day (UTC). `auc_before` is that of the previous model.
    """

    trained_on: int
    held_out: int
    acted: int
    auc: Compared
    ndcg: Compared
    auc_before: float


async def train(db: Database, now: datetime) -> tuple[Model, Metrics]:
    """Train a model on the newest 200,000 impressions, and make it the current one. Raises TrainingError.

    Impressions of the last ten minutes are left out: their viewers may still interact.
    """
    before, version = await ranking_models.current_model(db), await ranking_models.next_version(db)
    found = await examples(db, now - SETTLED)
    cut = int(len(found.labels) * TRAINED_SHARE)
    older, newest = found.part(slice(cut)), found.part(slice(cut, None))
    if min(found.classes) < MIN_EXAMPLES or not min(older.classes) or not min(newest.classes):
        passed, acted = found.classes
        raise TrainingError(
            f"There is too little to learn from: {acted} posts that were acted on and {passed} that were passed by, "
            f"where at least {MIN_EXAMPLES} of each are needed, and some of both among the newest fifth."
        )
    model = fit(older, version)
    metrics = evaluate(newest, model, before, trained_on=len(older.labels))
    if metrics.auc.interest < metrics.auc_before:
        raise TrainingError(
            f"The new model predicts worse than version {before.version}, which stays: its AUC on the newest fifth is "
            f"{metrics.auc.interest:.4f}, where {metrics.auc_before:.4f} was reached."
        )
    if not await ranking_models.store(db, model, metrics):
        raise TrainingError(f"Version {version} has been trained by somebody else meanwhile, and is in use.")
    return model, metrics


async def examples(db: Queries, until: datetime, most: int = MAX_EXAMPLES) -> Examples:
    """Return the newest `most` impressions before `until`, without posts that the viewer had interacted with before."""
    records: list[Row] = []
    before = ids.since(until)
    while len(records) < most:
        chunk = await db.fetch(_EXAMPLES, before, min(CHUNK, most - len(records)))
        if not chunk:
            break
        records += chunk
        before = chunk[-1]["id"]
    return _examples([each for each in reversed(records) if not _acted_before(each)])


def _acted_before(record: Row) -> bool:
    # By the millisecond: within one, IDs of two shards have no order in time.
    return record["acted"] is not None and record["acted"] >> 22 < record["id"] >> 22


def _examples(records: list[Row]) -> Examples:
    def column(name: str, kind: type[np.generic]) -> Any:
        return np.array([record[name] for record in records], kind)

    shown_ms = epoch_ms(ids.EPOCH) + (column("id", np.int64) >> 22)
    posts = Candidates(
        ids=column("post_id", np.int64),
        published_ms=shown_ms - column("age_ms", np.int64),
        # The identity of a viewer does not matter for training or metrics.
        author_ids=np.zeros(len(records), np.int64),
        likes=column("likes", np.int32),
        comments=column("comments", np.int32),
        photos=column("photos", np.int16),
        caption_lengths=column("caption_length", np.int16),
        hashtags=column("hashtags", np.int16),
        has_location=column("has_location", np.int8),
        affinities=column("tie", np.float64),
    )
    labels = np.array([record["acted"] is not None for record in records], np.float64)
    return Examples(posts, shown_ms, column("user_id", np.int64), column("position", np.int32), labels)


def fit(found: Examples, version: int) -> Model:
    """Return the maximum-likelihood model. Raises TrainingError if none can be found."""
    columns = [*ranking.columns(found.posts, found.shown_ms), np.log1p(found.positions.astype(np.float64))]
    features = np.column_stack(columns)
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale[scale == 0] = 1.0
    try:
        found_fit = regression.fit((features - mean) / scale, found.labels)
    except NotConverged as error:
        raise TrainingError(f"Training does not converge. {error}") from None
    known = slice(len(FEATURES))
    return Model(
        version=version,
        features=FEATURES,
        mean=tuple(mean[known].tolist()),
        scale=tuple(scale[known].tolist()),
        coefficients=tuple(found_fit.coefficients[known].tolist()),
        intercept=found_fit.intercept,
    )


def evaluate(found: Examples, model: Model, before: Model, trained_on: int) -> Metrics:
    """Return metrics of `model` on `found`, which is not in its training set and has examples of both classes."""
    scores = ranking.score(found.posts, model, found.shown_ms)
    by_time = found.posts.published_ms - found.shown_ms
    orders = {"interest": scores.interest, "score": scores.total, "chronological": by_time.astype(np.float64)}
    readers = np.unique(found.user_ids, return_inverse=True)[1]
    days = readers * 2**20 + found.shown_ms // DAY_MS
    return Metrics(
        trained_on=trained_on,
        held_out=len(found.labels),
        acted=found.classes[1],
        auc=Compared(**{name: auc(order, found.labels) for name, order in orders.items()}),
        ndcg=Compared(**{name: ndcg(order, found.labels, days) for name, order in orders.items()}),
        auc_before=auc(ranking.interest(found.posts, before, found.shown_ms), found.labels),
    )
