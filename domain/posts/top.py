"""The posts of a hashtag or a location that received the most engagement. Owns the Redis keys `top:*`.

Of the newest 500 posts, those of the last 7 days come first, each group by likes + 2 * comments. Counts change while
a client reads page after page, so an order is computed once a minute and kept for the pages that follow. It is the same
for all viewers and contains ids only: what a viewer may not see is left out when the posts are loaded. Whether a post
still belongs to the hashtag or location is asked again for each page.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from clients.postgres import Queries
from clients.redis import NOT_DONE, Redis
from domain.keyset_pages import upper_bound
from domain.redis_keys import RedisKey
from kit import unreadable
from kit.cursor import Position
from kit.paging import Found, Request

MAX_RANKED = 500
RECENT = timedelta(days=7)
PERIOD_S = 60
TTL_S = 1800

# The bound of ($3, $4) excludes nothing. It has the planner read the index in its order: of an average hashtag it would
# otherwise fetch all posts and sort them, which takes long for a popular one.
_SOURCES = {
    "hashtag": f"""
        SELECT post_id AS id FROM taggings WHERE hashtag_id = o.id AND (published_at, post_id) < ($3, $4)
        ORDER BY published_at DESC, post_id DESC LIMIT {MAX_RANKED}""",
    "location": f"""
        SELECT id FROM posts WHERE location_id = o.id AND (published_at, id) < ($3, $4)
        ORDER BY published_at DESC, id DESC LIMIT {MAX_RANKED}""",
}
_ORDERS = """
SELECT o.id AS owner, count(*) FILTER (WHERE is_recent) AS recent, array_agg(p.id ORDER BY {order}) AS ids,
       array_agg(engagement ORDER BY {order}) AS engagement
FROM unnest($1::bigint[]) AS o(id) CROSS JOIN LATERAL ({source}
) n CROSS JOIN LATERAL (
    SELECT id, published_at > $2 AS is_recent,
           greatest(like_count, 0)::bigint + 2 * greatest(comment_count, 0) AS engagement
    FROM posts WHERE id = n.id OFFSET 0
) p GROUP BY 1"""
_BELONGS = {
    "hashtag": "SELECT true FROM taggings WHERE post_id = w.id AND hashtag_id = w.owner",
    "location": "SELECT true FROM posts WHERE id = w.id AND location_id = w.owner",
}
_ORDER = "is_recent DESC, engagement DESC, p.id DESC"


REDIS_KEYS = (
    RedisKey(
        "top:{<kind>:<id>}:<token>",
        "string",
        timedelta(seconds=TTL_S),
        "the order of the top posts of a hashtag or location",
        "it is computed again; later pages continue by engagement",
    ),
)


class Order(msgspec.Struct, frozen=True, array_like=True):
    """Ids of posts with their engagement, best first. The first `recent` were of the last 7 days.

    `token` is the minute it was computed in; 0 when it is not stored.
    """

    token: int
    recent: int
    ids: list[int]
    engagement: list[int]

    def places(self, after: Position | None, limit: int) -> list[tuple[Position, int]]:
        """At most `limit` posts beyond a position of this order or, by their keys, of another one."""
        if after is None:
            start = 0
        elif after[0] and after[0] == self.token:
            start = after[1] + 1
        else:
            keys = [_descending(self._key(place)) for place in range(len(self.ids))]
            start = bisect_right(keys, _descending(after[2:]))
        return [
            ((self.token, place, *self._key(place)), self.ids[place])
            for place in range(start, min(start + limit, len(self.ids)))
        ]

    def _key(self, place: int) -> Position:
        """(whether it is recent, engagement, id): what posts are sorted by."""
        return int(place < self.recent), self.engagement[place], self.ids[place]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Order).decode


async def pages(
    db: Queries, redis: Redis, kind: str, now: datetime, owners: Sequence[int], request: Request
) -> list[Found]:
    """For each hashtag or location (as `kind` says): posts beyond the cursor, best first, and whether there are more.

    The key of a post that has left the hashtag or location since is 0. A position is (token, place, is recent,
    engagement, id). When the order it belongs to has expired, or Redis is away, the page continues below its key in the
    current order: a post whose engagement has changed since may then be repeated or left out.
    """
    stored: dict[int, Order] = {}
    computed: dict[int, Order] = {}
    current = int(now.timestamp()) // PERIOD_S
    if request.after and request.after[0]:
        stored = await _stored(redis, kind, owners, request.after[0])
    if missing := [id for id in owners if id not in stored]:
        stored |= await _stored(redis, kind, missing, current)
    if missing := [id for id in missing if id not in stored]:
        computed = await _store(redis, kind, await _compute(db, kind, missing, current, now))
    orders = stored | computed
    found = [(id, orders[id].places(request.after, request.first + 1)) for id in owners]
    left = await _left(db, kind, [(owner, id) for owner, places in found if owner in stored for _, id in places])
    return [
        (
            [(place, 0 if (owner, id) in left else id) for place, id in places[: request.first]],
            len(places) > request.first,
        )
        for owner, places in found
    ]


async def _left(db: Queries, kind: str, pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """The pairs of owner and post that do not belong together any more."""
    if not pairs:
        return set()
    records = await db.fetch(
        f"SELECT owner, id FROM unnest($1::bigint[], $2::bigint[]) AS w(owner, id) WHERE ({_BELONGS[kind]}) IS NULL",
        [owner for owner, _ in pairs],
        [id for _, id in pairs],
    )
    return {(record["owner"], record["id"]) for record in records}


async def _compute(db: Queries, kind: str, owners: Sequence[int], token: int, now: datetime) -> dict[int, Order]:
    query = _ORDERS.format(source=_SOURCES[kind], order=_ORDER)
    records = await db.fetch(query, owners, now - RECENT, *upper_bound(None))
    found = {each["owner"]: Order(token, each["recent"], each["ids"], each["engagement"]) for each in records}
    return {id: found.get(id) or Order(token, 0, [], []) for id in owners}


async def _stored(redis: Redis, kind: str, owners: Sequence[int], token: int) -> dict[int, Order]:
    """The stored orders of that minute: one round trip. Empty while Redis is away."""
    pipe = redis.pipeline(transaction=False)
    for id in owners:
        pipe.get(_key(kind, id, token))
    try:
        return _decoded(kind, owners, await pipe.execute())
    except NOT_DONE:
        return {}


async def _store(redis: Redis, kind: str, orders: Mapping[int, Order]) -> dict[int, Order]:
    """The orders as they are stored now: by this process or, where it was faster, by another. One round trip.

    Empty ones are not stored: the first post of a hashtag is shown at once.
    """
    pipe = redis.pipeline(transaction=False)
    filled = {id: order for id, order in orders.items() if order.ids}
    for id, order in filled.items():
        key = _key(kind, id, order.token)
        pipe.set(key, _encode(order), ex=TTL_S, nx=True)
        pipe.get(key)
    try:
        stored = _decoded(kind, list(filled), (await pipe.execute())[1::2])
    except NOT_DONE:
        stored = {}
    return {id: stored.get(id) or msgspec.structs.replace(order, token=0) for id, order in orders.items()}


def _decoded(kind: str, owners: Sequence[int], values: Sequence[bytes | None]) -> dict[int, Order]:
    found = {}
    for id, value in zip(owners, values, strict=True):
        try:
            if value is not None:
                found[id] = _decode(value)
        except unreadable.ERRORS as error:
            unreadable.note(f"order of the top posts of a {kind}", id, error)
    return found


def _descending(key: Position) -> Position:
    return tuple(-each for each in key)


def _key(kind: str, id: int, token: int) -> str:
    return f"top:{{{kind}:{id}}}:{token}"
