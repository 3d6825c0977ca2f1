"""Features of posts for ranking, 23 bytes each, and affinities of readers. Owns the keys `rank:*` and `ties:*`.

Features may be ten minutes old, but each flush of the counters refreshes those of changed posts; processes cache them
for 2 s. Affinities are at most an hour old. A reader without cached affinities is ranked without them once, while they
are read in the background.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import numpy as np
from numpy.typing import NDArray

from clients.postgres import Queries, Row
from clients.redis import AWAY, Redis
from domain.feed.ranking import Candidates
from domain.redis_keys import RedisKey
from kit import unreadable
from kit.clock import epoch_ms
from kit.cursor import Position

LIFE = 600
FRESH_SECONDS = 2.0
MAX_CACHED = 100_000
BUCKETS = 16
AFFINITIES_TTL_S = 3600

_KIND = np.dtype(
    [
        ("author", "<i8"),
        ("likes", "<i4"),
        ("comments", "<i4"),
        ("photos", "<i2"),
        ("caption", "<i2"),
        ("hashtags", "<i2"),
        ("location", "<i1"),
    ]
)
COLUMNS = """p.author_id, greatest(p.like_count, 0), greatest(p.comment_count, 0),
    (SELECT count(*) FROM attachments a WHERE a.post_id = p.id), length(p.caption), cardinality(p.hashtags),
    (p.location_id IS NOT NULL)::int"""
"""SQL for the features of a post, of `posts p`."""

# Likes and comments are adjacent.
_COUNTS_AT = 8
_RECOUNT = f"""
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('SETRANGE', KEYS[1], {_COUNTS_AT}, ARGV[1]) end
"""

_decode_affinities = msgspec.msgpack.Decoder(dict[int, float]).decode


REDIS_KEYS = (
    RedisKey(
        f"rank:{{<0 to {BUCKETS - 1}>}}:<post>",
        "string",
        timedelta(seconds=LIFE),
        "features of a post for ranking",
        "they are read from PostgreSQL",
    ),
    RedisKey(
        "ties:{<reader>}",
        "string",
        timedelta(seconds=AFFINITIES_TTL_S),
        "affinities of a reader",
        "the next ranked feed does without; they are read in the background",
    ),
)


@dataclass(frozen=True)
class Known:
    """The features of posts in the order of their positions, and whether the reader's affinities are included."""

    candidates: Candidates
    affinities_known: bool


class Kept:
    """The features of posts that this process has read recently: all followers of an author rank the same posts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._blobs: dict[int, bytes] = {}

    def blobs(self) -> dict[int, bytes]:
        """Cached features by post, none older than 2 s; the caller adds to them."""
        now = self._clock()
        if now - self._since >= FRESH_SECONDS or len(self._blobs) > MAX_CACHED:
            self._since, self._blobs = now, {}
        return self._blobs


async def known(db: Queries, redis: Redis, kept: Kept, reader_id: int, places: Sequence[Position]) -> Known:
    """Return the features of the posts at `places`, without deleted posts.

    One round trip to Redis; on a cache miss, one query and one more round trip. While Redis is away: one query.
    """
    blobs = kept.blobs()
    pipe = redis.pipeline(transaction=False)
    pipe.get(_affinities_key(reader_id))
    buckets: dict[int, list[int]] = {}
    for _, id in places:
        if id not in blobs:
            buckets.setdefault(_bucket(id), []).append(id)
    for ids in buckets.values():
        pipe.mget(list(map(_key, ids)))
    try:
        affinities, *answers = await pipe.execute()
    except AWAY:
        affinities, answers = None, []
    for ids, answer in zip(buckets.values(), answers, strict=False):
        blobs |= {id: blob for id, blob in zip(ids, answer, strict=True) if blob and len(blob) == _KIND.itemsize}
    if missing := [id for _, id in places if id not in blobs]:
        rows = await db.fetch(f"SELECT p.id, {COLUMNS} FROM posts p WHERE p.id = ANY($1)", missing)
        read = {row[0]: _pack(row[1:]) for row in rows}
        with suppress(*AWAY):
            await _put(redis, read)
        blobs |= read
    found = [place for place in places if place[1] in blobs]
    return _known(found, b"".join(blobs[id] for _, id in found), affinities)


def of_rows(rows: Sequence[Row]) -> Known:
    """Return the features of rows (id, published_at, *COLUMNS), without affinities."""
    places = [(epoch_ms(row[1]), row[0]) for row in rows]
    return _known(places, b"".join(_pack(row[2:]) for row in rows), None)


async def keep_affinities(redis: Redis, reader_id: int, affinities: Mapping[int, float]) -> None:
    """Cache the reader's affinities for an hour."""
    await redis.set(_affinities_key(reader_id), msgspec.msgpack.encode(affinities), ex=AFFINITIES_TTL_S)


async def recount(redis: Redis, counts: Iterable[tuple[int, int, int]]) -> None:
    """Update the counts (post, likes, comments) that a flush has just written."""
    pipe = redis.pipeline(transaction=False)
    for id, likes, comments in counts:
        pipe.eval(_RECOUNT, 1, _key(id), np.array([likes, comments], "<i4").tobytes())
    if len(pipe):
        await pipe.execute()


async def forget_affinities(redis: Redis, reader_id: int) -> None:
    """Drop the reader's affinities."""
    await redis.delete(_affinities_key(reader_id))


async def _put(redis: Redis, blobs: Mapping[int, bytes]) -> None:
    pipe = redis.pipeline(transaction=False)
    for id, blob in blobs.items():
        pipe.set(_key(id), blob, ex=LIFE)
    if len(pipe):
        await pipe.execute()


def _known(places: Sequence[Position], blobs: bytes, affinities: bytes | None) -> Known:
    features: NDArray[np.void] = np.frombuffer(blobs, _KIND)
    try:
        tie = _decode_affinities(affinities) if affinities is not None else {}
    except unreadable.ERRORS as error:
        unreadable.note("ties", hash(affinities), error)
        affinities, tie = None, {}
    return Known(
        Candidates(
            ids=np.fromiter((id for _, id in places), np.int64, len(places)),
            published_ms=np.fromiter((ms for ms, _ in places), np.int64, len(places)),
            author_ids=features["author"],
            likes=features["likes"],
            comments=features["comments"],
            photos=features["photos"],
            caption_lengths=features["caption"],
            hashtags=features["hashtags"],
            has_location=features["location"],
            affinities=np.fromiter(
                (tie.get(author, 0.0) for author in features["author"].tolist()), float, len(places)
            ),
        ),
        affinities is not None,
    )


def _pack(row: Sequence[int]) -> bytes:
    return np.array(tuple(row), _KIND).tobytes()


def _bucket(post_id: int) -> int:
    """A feed needs hundreds of posts: neither one command each, nor one command over a whole cluster."""
    return (post_id >> 22) % BUCKETS


def _key(post_id: int) -> str:
    return f"rank:{{{_bucket(post_id)}}}:{post_id}"


def _affinities_key(reader_id: int) -> str:
    return f"ties:{{{reader_id}}}"
