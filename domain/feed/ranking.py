"""In which order posts of the feed are worth reading to one person. Pure: arrays in, arrays out, no round trip.

    score = 0.4 interest + 0.3 recency + 0.2 relationship + 0.1 engagement, each of them 0..1

- interest: the predicted probability that the reader likes, saves or comments, by a logistic model over FEATURES whose
  weights are data (`Model`; `training` makes them). Predicting an action and ordering by it: He et al., "Practical
  Lessons from Predicting Clicks on Ads at Facebook", ADKDD 2014.
- recency: halves every 24 h. Decay with time is the third factor of Facebook's EdgeRank (f8, 2010); Reddit and Hacker
  News decay much faster, for pages that readers open many times a day. A day is our choice: two evenings' posts
  compare.
- relationship: the affinity between reader and author, the first factor of EdgeRank (`affinity`).
- engagement: r / (r + 5) of the rate r = (likes + 3 comments) / (age + 2 h). The age plus 2 h is Hacker News' (without
  its exponent of 1.8: recency is a part of its own), the saturation that of term frequencies in BM25 (Robertson and
  Zaragoza, "The Probabilistic Relevance Framework", 2009, 3.4.1). That a comment is worth three likes, and that five an
  hour are half of all there can be, is our choice.

After that no author has three posts in a row while another author has one left (`order`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from domain.posts.rows import Post
from kit.clock import epoch_ms

INTEREST, RECENCY, RELATIONSHIP, ENGAGEMENT = 0.4, 0.3, 0.2, 0.1
HALF_LIFE_HOURS = 24
LIKES_PER_COMMENT = 3
HEAD_START_HOURS = 2
HALF_RATE = 5
IN_A_ROW = 2
CLOSE_AFFINITY = 0.5
MUCH_ENGAGEMENT = 0.5
RECENT_HOURS = 1

FEATURES = ("age", "likes", "comments", "photos", "caption", "hashtags", "location", "tie")
"""The inputs of the interest model: logarithms of hours, likes, comments and characters (`columns`)."""

T = TypeVar("T")
Floats = NDArray[np.float64]
Times = int | NDArray[np.int64]
"""Milliseconds since 1970: one instant for all candidates, or one for each."""


@dataclass(frozen=True, eq=False, slots=True)
class Candidates:
    """Candidate posts for one reader: arrays of equal length, whose nth items belong to the nth post.

    Likes, comments, photos, hashtags and the characters of the caption are counts, `has_location` is 0 or 1,
    `affinities` are 0..1 (`affinity.affinities_of`; 0 for the reader's own posts).
    """

    ids: NDArray[np.int64]
    published_ms: NDArray[np.int64]
    author_ids: NDArray[np.int64]
    likes: NDArray[np.int32]
    comments: NDArray[np.int32]
    photos: NDArray[np.int16]
    caption_lengths: NDArray[np.int16]
    hashtags: NDArray[np.int16]
    has_location: NDArray[np.int8]
    affinities: Floats


def candidates(posts: Sequence[Post], affinities: Mapping[int, float]) -> Candidates:
    """Return the features of `posts`; `affinities` are by author, 0 if missing."""
    return Candidates(
        ids=np.array([post.id for post in posts], np.int64),
        published_ms=np.array([epoch_ms(post.created_at) for post in posts], np.int64),
        author_ids=np.array([post.author_id for post in posts], np.int64),
        likes=np.array([post.likes for post in posts], np.int32),
        comments=np.array([post.comments for post in posts], np.int32),
        photos=np.array([len(post.media) for post in posts], np.int16),
        caption_lengths=np.array([len(post.caption) for post in posts], np.int16),
        hashtags=np.array([len(post.hashtags) for post in posts], np.int16),
        has_location=np.array([post.location is not None for post in posts], np.int8),
        affinities=np.array([affinities.get(post.author_id, 0.0) for post in posts], np.float64),
    )


class Model(msgspec.Struct, frozen=True):
    """A logistic model: the log-odds are intercept + sum of coefficient * (feature - mean) / scale.

    Raises ValueError unless it has FEATURES in their order, finite numbers and positive scales.
    """

    version: int
    features: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def __post_init__(self) -> None:
        if self.features != FEATURES:
            raise ValueError(f"a model over {', '.join(self.features)}; this code has {', '.join(FEATURES)}")
        numbers = (self.mean, self.scale, self.coefficients)
        if any(len(each) != len(FEATURES) for each in numbers):
            raise ValueError("not one mean, scale and coefficient for each feature")
        if not np.isfinite([*self.mean, *self.scale, *self.coefficients, self.intercept]).all() or min(self.scale) <= 0:
            raise ValueError("numbers that are not finite, or a scale that is not positive")


load = msgspec.json.Decoder(Model).decode
"""Decode a model from JSON. Raises msgspec.DecodeError if it is malformed, or has other FEATURES."""


@cache
def shipped() -> Model:
    """The default model until one has been trained. Set by hand for one interaction in ten impressions."""
    return load(Path(__file__).with_name("model.json").read_bytes())


@dataclass(frozen=True, eq=False, slots=True)
class Scores:
    """The parts of each candidate's score and their weighted sum, `total`; all 0..1."""

    interest: Floats
    recency: Floats
    relationship: Floats
    engagement: Floats
    total: Floats


def score(posts: Candidates, model: Model, now_ms: Times) -> Scores:
    """Return the value of each post to the reader at `now_ms`."""
    hours = _hours(posts, now_ms)
    likely = interest(posts, model, now_ms)
    recent = np.exp2(-hours / HALF_LIFE_HOURS)
    rate = (np.maximum(posts.likes, 0) + LIKES_PER_COMMENT * np.maximum(posts.comments, 0).astype(np.float64)) / (
        hours + HEAD_START_HOURS
    )
    engaging = rate / (rate + HALF_RATE)
    total = INTEREST * likely + RECENCY * recent + RELATIONSHIP * posts.affinities + ENGAGEMENT * engaging
    return Scores(likely, recent, posts.affinities, engaging, total)


def interest(posts: Candidates, model: Model, now_ms: Times) -> Floats:
    """Return the probability, by `model`, that the reader interacts with each post shown to them at `now_ms`."""
    # Feature by feature: a product of matrices may round equal posts differently, by their place in the batch.
    odds = np.full(len(posts.ids), model.intercept)
    for column, mean, scale, coefficient in zip(
        columns(posts, now_ms), model.mean, model.scale, model.coefficients, strict=True
    ):
        odds += (column - mean) * (coefficient / scale)
    likely: Floats = 0.5 * (1 + np.tanh(0.5 * odds))  # the logistic function, without overflow
    return likely


def columns(posts: Candidates, now_ms: Times) -> list[Floats]:
    """The features of the posts at `now_ms`, an array for each of FEATURES."""
    return [
        np.log1p(_hours(posts, now_ms)),
        np.log1p(np.maximum(posts.likes, 0)),
        np.log1p(np.maximum(posts.comments, 0)),
        posts.photos.astype(np.float64),
        np.log1p(posts.caption_lengths, dtype=np.float64),
        posts.hashtags.astype(np.float64),
        posts.has_location.astype(np.float64),
        posts.affinities,
    ]


def _hours(posts: Candidates, now_ms: Times) -> Floats:
    hours: Floats = np.maximum(now_ms - posts.published_ms, 0) / 3_600_000
    return hours


def order(posts: Candidates, scores: Scores) -> list[int]:
    """Return the indexes of all posts, best first; ties by newest, then by higher ID.

    Each position has the best remaining post whose author does not have the two posts before. More than two posts of an
    author follow each other only if no other author is left.
    """
    best = np.lexsort((-posts.ids, -posts.published_ms, -scores.total))
    authors = posts.author_ids[best].tolist()
    ordered: list[int] = []
    held: list[int] = []  # passed over, from `first` on: all by `last`, who has the last two places
    first, last, run = 0, None, 0
    for place, author in zip(best.tolist(), authors, strict=True):
        if author == last and run == IN_A_ROW:
            held.append(place)
            continue
        ordered.append(place)
        waiting = held[first : first + IN_A_ROW]
        if waiting:  # better than all that comes, and another author's post has come between
            ordered += waiting
            first, run = first + len(waiting), len(waiting)
        else:
            run = run + 1 if author == last else 1
            last = author
    return ordered + held[first:]


def mix(items: Sequence[T], inserts: Sequence[T], every: int = 5) -> list[T]:
    """Return `items` in order with an insert at every `every`th position (at least every 2nd), while there are both.

    Inserts keep their order; the last `len(items) + len(inserts) - len(result)` of them do not fit.
    """
    mixed: list[T] = []
    for n, start in enumerate(range(0, len(items), every - 1)):
        mixed += items[start : start + every - 1]
        if len(items) - start >= every - 1:
            mixed += inserts[n : n + 1]
    return mixed


OWN, CLOSE, POPULAR, RECENT, FOLLOWED = "OWN", "CLOSE", "POPULAR", "RECENT", "FOLLOWED"


def reasons(posts: Candidates, scores: Scores, reader_id: int) -> list[str]:
    """Return the reason for each post, the first of these that applies.

    OWN: the reader's. CLOSE: an affinity of at least 0.5. POPULAR: engagement of at least 0.5, five reactions an hour.
    RECENT: no older than an hour. FOLLOWED: anything else.
    """
    found = np.select(
        [
            posts.author_ids == reader_id,
            scores.relationship >= CLOSE_AFFINITY,
            scores.engagement >= MUCH_ENGAGEMENT,
            scores.recency >= 2 ** (-RECENT_HOURS / HALF_LIFE_HOURS),
        ],
        [OWN, CLOSE, POPULAR, RECENT],
        FOLLOWED,
    )
    names: list[str] = found.tolist()
    return names
