"""Counters without drift and without hot rows. Each can be recomputed from the rows that it counts.

A change of a count writes a tally in its own transaction (`count`). The relay copies tallies to the stream `counts`,
which buffers them. `workers/counters` takes the tallies of a second as one batch: one update for each changed row. The
same transaction deletes the tallies of the batch, and counts only those it deletes. So a tally that is delivered again,
because a worker or Valkey died, has no effect.

At every instant, in one snapshot: counter = rows - tallies. `repair` restores this, and returns the drift.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from clients.postgres import Connection, Database
from domain import parking
from domain.graph.rows import Kind
from kit import ids

_FLUSH_LOCK = 0x434F554E  # any number that no other advisory lock uses


class Count(msgspec.Struct, frozen=True, array_like=True):
    """A change by `by` of the counter with that name (in COUNTERS) of the row `id`."""

    counter: str
    id: int
    by: int


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """Changes of counters that were recorded together."""

    id: int
    counts: tuple[Count, ...]


INSERT = "INSERT INTO tallies (id, counts)"

_decode_entry = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_counts = msgspec.json.Decoder(tuple[Count, ...]).decode
_decode_id = msgspec.json.Decoder(tuple[int, msgspec.Raw]).decode


class UnknownCounter(Exception):
    """A tally names a counter that this version does not have."""


def decode(entry: bytes) -> tuple[list[Tally], dict[int, str]]:
    """Return the tallies in an entry of the stream, and by ID the errors of those that this version cannot read.

    Raises msgspec.MsgspecError if the entry is not a list of tallies.
    """
    tallies, unreadable = [], {}
    for each in _decode_entry(entry):
        id, counts = _decode_id(each)
        try:
            tallies.append(read(id, bytes(counts)))
        except (msgspec.MsgspecError, UnknownCounter) as error:
            unreadable[id] = parking.describe(error)
    return tallies, unreadable


def read(id: int, counts: bytes) -> Tally:
    """Decode a tally from the `counts` of its row. Raises msgspec.MsgspecError or UnknownCounter."""
    tally = Tally(id, _decode_counts(counts))
    if unknown := [count.counter for count in tally.counts if count.counter not in COUNTERS]:
        raise UnknownCounter(unknown[0])
    return tally


def encode(*counts: Count) -> str:
    """Encode counts for the row of a tally."""
    return msgspec.json.encode(counts).decode()


async def count(tx: Connection, owner_id: int, *counts: Count) -> None:
    """Record the changes `counts` of `tx`, in the shard of `owner_id`."""
    await tx.execute(f"{INSERT} VALUES (next_id($1), $2::jsonb)", ids.shard_of(owner_id), encode(*counts))


@dataclass(frozen=True)
class Counter:
    """A counter: `column` of `table` is the number of rows `rows` whose `key` is the ID of the counted row.

    An index has them in the order of `order`, so that the first few are found without the others.
    """

    table: str
    column: str
    rows: str
    key: str
    order: str = "id"


COUNTERS = {
    "user.followers": Counter(
        "users", "follower_count", f"relations WHERE kind = {Kind.FOLLOW:d} AND is_counted", "to_id"
    ),
    "user.following": Counter(
        "users", "following_count", f"relations WHERE kind = {Kind.FOLLOW:d} AND is_counted", "from_id"
    ),
    "user.posts": Counter("users", "post_count", "posts WHERE published_at IS NOT NULL", "author_id"),
    "post.likes": Counter("posts", "like_count", "likes WHERE is_counted", "subject_id"),
    "post.comments": Counter("posts", "comment_count", "comments WHERE is_counted", "post_id", "author_id"),
    "comment.likes": Counter("comments", "like_count", "likes WHERE is_counted", "subject_id"),
    "comment.replies": Counter("comments", "reply_count", "comments WHERE is_counted", "parent_id"),
    "story.views": Counter("stories", "view_count", "story_views WHERE is_counted", "story_id"),
    "hashtag.posts": Counter("hashtags", "post_count", "taggings WHERE is_listed", "hashtag_id", "author_id"),
}
TABLES = sorted({counter.table for counter in COUNTERS.values()})


async def flush(db: Database, batch: Sequence[Tally]) -> list[tuple[int, int, int]]:
    """Add up a batch and delete its tallies, ignoring those already deleted.

    Returns (id, likes, comments) of its posts.

    One flush at a time: two that touch the same rows could wait for each other in every order.
    """
    async with db.acquire() as tx, tx.transaction():
        await tx.execute("SELECT pg_advisory_xact_lock($1)", _FLUSH_LOCK)
        by_id = {tally.id: tally for tally in batch}
        records = await tx.fetch("DELETE FROM tallies WHERE id = ANY($1) RETURNING id", list(by_id))
        sums: dict[str, dict[int, int]] = {}
        for count in (count for record in records for count in by_id[record["id"]].counts):
            of = sums.setdefault(count.counter, {})
            of[count.id] = of.get(count.id, 0) + count.by
        for table in TABLES:
            await _add(tx, table, {name: of for name, of in sums.items() if COUNTERS[name].table == table})
        named = {count.id for tally in batch for count in tally.counts if count.counter.startswith("post.")}
        posts = await tx.fetch(
            "SELECT id, greatest(like_count, 0), greatest(comment_count, 0) FROM posts WHERE id = ANY($1)", list(named)
        )
        return [(post[0], post[1], post[2]) for post in posts]


async def _add(tx: Connection, table: str, sums: dict[str, dict[int, int]]) -> None:
    """One update for each row of `table`. They are locked in the order of IDs, as everywhere."""
    ids = sorted({id for of in sums.values() for id in of})
    if not ids:
        return
    await tx.execute(f"SELECT FROM {table} WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", ids)
    names = list(sums)
    deltas = ", ".join(f"${n}::bigint[]" for n in range(1, len(names) + 2))
    aliases = ", ".join(["id", *(f"d{n}" for n in range(len(names)))])
    changes = ", ".join(f"{COUNTERS[name].column} = {COUNTERS[name].column} + d.d{n}" for n, name in enumerate(names))
    await tx.execute(
        f"UPDATE {table} t SET {changes} FROM unnest({deltas}) AS d({aliases}) WHERE t.id = d.id",
        ids,
        *([sums[name].get(id, 0) for id in ids] for name in names),
    )


MAX_EXACT_COUNT = 20
"""Up to so many rows are counted one by one for the user who has just changed their number."""


async def now(tx: Connection, name: str, id: int, by: int) -> int:
    """Return the counter `name` of the row `id` after `tx` has changed it by `by`.

    Exact for few rows: the counter itself does not have the newest changes yet.
    """
    counter = COUNTERS[name]
    record = await tx.fetchrow(
        f"""
        SELECT (SELECT {counter.column} FROM {counter.table} WHERE id = $1) AS counted,
               (SELECT count(*) FROM (
                   SELECT FROM {counter.rows} AND {counter.key} = $1 ORDER BY {counter.order} LIMIT {MAX_EXACT_COUNT}
               ) few) AS few
        """,
        id,
    )
    assert record is not None
    few: int = record["few"]
    return few if few < MAX_EXACT_COUNT else max((record["counted"] or 0) + by, MAX_EXACT_COUNT)


@dataclass(frozen=True)
class Drift:
    """A counter of a row, and its drift: how far it was above (or below) the number of rows."""

    counter: str
    id: int
    by: int


async def repair(db: Database, table: str, after: int, limit: int = 500) -> tuple[list[Drift], int]:
    """Repair the counters of the next `limit` rows of `table`. Returns the drift, and the last ID (0: end).

    Exact during concurrent writes: rows, counters and tallies are read in one snapshot, and the difference is added,
    not set.
    """
    ids = [
        record["id"]
        for record in await db.fetch(f"SELECT id FROM {table} WHERE id > $1 ORDER BY id LIMIT $2", after, limit)
    ]
    found: list[Drift] = []
    if not ids:
        return found, 0
    for name, counter in COUNTERS.items():
        if counter.table != table:
            continue
        records = await db.fetch(
            f"""
            WITH uncounted AS (
                SELECT (c ->> 1)::bigint AS id, sum((c ->> 2)::bigint) AS by
                FROM tallies CROSS JOIN LATERAL jsonb_array_elements(counts) c
                WHERE c ->> 0 = $2 AND (c ->> 1)::bigint = ANY($1) GROUP BY 1
            ),
            found AS (
                SELECT t.id, t.{counter.column} - (
                    (SELECT count(*) FROM {counter.rows} AND {counter.key} = t.id) - coalesce(u.by, 0)
                ) AS by
                FROM {table} t LEFT JOIN uncounted u ON u.id = t.id WHERE t.id = ANY($1)
            )
            UPDATE {table} t SET {counter.column} = t.{counter.column} - f.by
            FROM found f WHERE t.id = f.id AND f.by <> 0 RETURNING t.id, f.by
            """,
            ids,
            name,
        )
        found += [Drift(name, record["id"], int(record["by"])) for record in records]
    return found, ids[-1]
