"""The tray: reels with live stories that the viewer may see, of their unmuted followees.

The viewer's own reel comes first, then reels with unseen stories, then the others; within each group newest first.
Later pages use the order of the first page, stored at `stories:tray:{viewer}`. While it exists, no change of stories
makes a reel appear twice or be missed.
"""

from array import array
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from clients.postgres import Database
from clients.redis import AWAY, Redis
from domain import order_snapshots
from domain.redis_keys import RedisKey
from domain.stories import live, reads
from kit.clock import epoch_ms
from kit.cursor import Position

_OWN, _UNSEEN, _SEEN = range(3)
_EVER = 2**63 - 1

Places = list[tuple[Position, int]]
"""Positions in the tray, and the author of the reel at each."""


REDIS_KEYS = (
    RedisKey(
        "stories:tray:{<viewer>}",
        "hash",
        timedelta(seconds=order_snapshots.TTL_S),
        "orders of the tray, for later pages",
        "pagination continues in the current order",
    ),
)


async def places(
    db: Database, redis: Redis, viewer_id: int, after: Position | None, first: int, now: datetime
) -> Places:
    """Return all positions after `after`, in order. A position is (ms of the first page, of `first`; index).

    A first page takes one query and one round trip to Redis, for any number of followees, and another round trip if
    there are more pages; on a cache miss two queries and one more round trip. Later pages take one round trip to Redis.
    """
    if after is None:
        began, start = epoch_ms(now), 0
        order = await _order(db, redis, viewer_id, _EVER, now)
        if len(order) > first:
            pipe = redis.pipeline(transaction=False)
            order_snapshots.keep(pipe, _key(viewer_id), began, array("q", order).tobytes())
            with suppress(*AWAY):
                await pipe.execute()
    else:
        began, start = after[0], after[1] + 1
        kept = await order_snapshots.find(redis, _key(viewer_id), began)
        is_readable = kept is not None and len(kept) % array("q").itemsize == 0
        order = array("q", kept) if kept and is_readable else await _order(db, redis, viewer_id, began, now)
    return [((began, place), order[place]) for place in range(start, len(order))]


async def _order(db: Database, redis: Redis, viewer_id: int, known: int, now: datetime) -> Sequence[int]:
    """Return the authors of the reels `now`, ignoring what was published or seen after `known` (ms)."""
    followed = await reads.followed(db, viewer_id)
    found, seen_at = await live.read(db, redis, viewer_id, [viewer_id, *followed], now)
    seen = {id for id, at in seen_at.items() if at <= known}
    placed = []
    for author_id, stories in found.items():
        own = author_id == viewer_id
        sees_all = own or followed[author_id]
        shown = [(abs(id), at) for id, at in stories if at <= known and (id > 0 or sees_all)]
        if shown:
            group = _OWN if own else _SEEN if all(id in seen for id, _ in shown) else _UNSEEN
            placed.append((group, -max(at for _, at in shown), author_id))
    return [author_id for _, _, author_id in sorted(placed)]


async def forget(redis: Redis, viewer_id: int) -> None:
    """Drop the stored orders of a viewer."""
    await redis.delete(_key(viewer_id))


def _key(viewer_id: int) -> str:
    return f"stories:tray:{{{viewer_id}}}"
