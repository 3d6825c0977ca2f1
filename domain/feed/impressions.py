"""Impressions: posts that users were shown, with the features at that moment. Ranking is trained on them.

Kept for 30 days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from clients.postgres import Database
from domain.feed.affinity import affinities_of
from domain.feed.ranking import candidates
from domain.posts.rows import Post
from kit import ids
from kit.clock import epoch_ms
from kit.text import Mistakes

MAX_IMPRESSIONS = 100
RETENTION = timedelta(days=30)
BATCH_SIZE = 1000

# In the order of posts: two overlapping batches of one viewer could otherwise deadlock.
_RECORD = """
INSERT INTO impressions (id, user_id, post_id, position, feed_order, age_ms, likes, comments, photos, caption_length,
                         hashtags, has_location, tie)
SELECT next_id($1), $2, s.* FROM unnest(
    $3::bigint[], $4::integer[], $5::text[], $6::bigint[], $7::integer[], $8::integer[], $9::smallint[],
    $10::smallint[], $11::smallint[], $12::boolean[], $13::float8[]
) AS s(post_id) JOIN posts p ON p.id = s.post_id ORDER BY s.post_id
ON CONFLICT (user_id, post_id) DO NOTHING"""


@dataclass(frozen=True)
class Shown:
    """A post at a position, counted from 0, of a feed in an order: a FeedOrder."""

    post_id: int
    position: int
    order: str


def check(shown: Sequence[Shown]) -> None:
    """Raise UserErrors unless there are 1 to 100 impressions with valid positions."""
    mistakes = Mistakes()
    if not shown:
        mistakes.add("REQUIRED", "At least one impression is required.", "impressions")
    if len(shown) > MAX_IMPRESSIONS:
        mistakes.add("TOO_MANY", f"Too many impressions (limit: {MAX_IMPRESSIONS} per request).", "impressions")
    for n, each in enumerate(shown[:MAX_IMPRESSIONS]):
        if each.position < 0:
            mistakes.add("INVALID", "The position must be 0 or greater.", "impressions", str(n), "position")
    mistakes.check()


async def record(
    db: Database, viewer_id: int, shown: Sequence[Shown], posts: Sequence[Post | None], now: datetime
) -> int:
    """Record the first time that each post was shown to the viewer. Returns how many were new.

    `posts` are those of `shown`, None where the viewer may not see the post; these and the viewer's own posts are
    ignored.
    """
    first: dict[int, tuple[Shown, Post]] = {}
    for each, post in zip(shown, posts, strict=True):
        if post is not None and post.author_id != viewer_id:
            first.setdefault(post.id, (each, post))
    if not first:
        return 0
    known = candidates([post for _, post in first.values()], await affinities_of(db, viewer_id, now))
    status: str = await db.execute(
        _RECORD,
        ids.shard_of(viewer_id),
        viewer_id,
        known.ids.tolist(),
        [each.position for each, _ in first.values()],
        [each.order for each, _ in first.values()],
        np.maximum(epoch_ms(now) - known.published_ms, 0).tolist(),
        known.likes.tolist(),
        known.comments.tolist(),
        known.photos.tolist(),
        known.caption_lengths.tolist(),
        known.hashtags.tolist(),
        known.has_location.astype(bool).tolist(),
        known.affinities.tolist(),
    )
    return int(status.split()[-1])


async def forget_old(db: Database, now: datetime) -> bool:
    """Delete impressions older than 30 days before `now`, 1,000 at a time. Returns True if there may be more."""
    status: str = await db.execute(
        "DELETE FROM impressions WHERE id = ANY(ARRAY(SELECT id FROM impressions WHERE id < $1 ORDER BY id LIMIT $2))",
        ids.since(now - RETENTION),
        BATCH_SIZE,
    )
    return int(status.split()[-1]) == BATCH_SIZE
