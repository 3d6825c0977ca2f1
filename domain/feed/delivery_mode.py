"""Fan-out on write or on read, for each author: decided by the number of followers.

At `limit` followers an author switches to fan-out on read, and at 80 % of that back to fan-out on write. The flag in
the author's row changes together with the event `FanoutModeChanged`. Later posts are delivered in the new mode; the
cached feeds of followers are updated batch by batch. Meanwhile a reader may have both modes or the old one. A post that
is delivered twice is one member of the set. A post that would be missed is added by the batch, which reads the author's
newest posts after the change of the flag.

A reader merges at most 50 authors, so that the cost of a read is bounded. Posts of further authors are pushed to that
reader anyway: each such pair has a row (a fan-out exception).
"""

from collections.abc import Sequence

from clients.postgres import Database, Queries
from domain import events
from domain.feed.reads import newest_of_author
from domain.feed.timeline import Timeline, of_reader
from domain.graph import reads as graph
from kit import ids

_DOWN = 0.8


async def is_fanout_on_read(db: Queries, author_id: int) -> bool:
    """Return whether this author is in fan-out-on-read mode now."""
    return bool(await db.fetchval("SELECT is_pulled FROM users WHERE id = $1", author_id))


async def update_fanout_mode(db: Database, author_id: int, limit: int) -> None:
    """Switch an author whose follower count has crossed the limit to fan-out on read, or back to fan-out on write."""
    record = await db.fetchrow("SELECT follower_count, is_pulled FROM users WHERE id = $1", author_id)
    if record is None or record["is_pulled"] == (
        record["follower_count"] >= (limit * _DOWN if record["is_pulled"] else limit)
    ):
        return
    async with db.acquire() as tx, tx.transaction():
        turned = await tx.fetchval(
            "UPDATE users SET is_pulled = NOT is_pulled WHERE id = $1 AND is_pulled = $2 RETURNING true",
            author_id,
            record["is_pulled"],
        )
        if turned:
            await events.record(tx, events.FanoutModeChanged(author_id), author_id)


async def keep(db: Queries, timeline: Timeline, author_id: int, readers: Sequence[int]) -> None:
    """Update the cached feeds of these readers to the author's current mode, or remove the author from them.

    Checks the state again afterwards, and repeats the update if a reader has followed or unfollowed in the meantime.
    """
    while True:
        seen = await _seen(db, author_id, readers)
        wanting, is_fanout_on_read = seen
        await _bring(
            db,
            timeline,
            author_id,
            [reader for reader in readers if reader in wanting],
            is_fanout_on_read=is_fanout_on_read,
        )
        await _drop(db, timeline, author_id, [reader for reader in readers if reader not in wanting])
        if await _seen(db, author_id, readers) == seen:
            return


async def _seen(db: Queries, author_id: int, readers: Sequence[int]) -> tuple[set[int], bool]:
    return await graph.wanting(db, author_id, readers), await is_fanout_on_read(db, author_id)


async def _bring(
    db: Queries, timeline: Timeline, author_id: int, readers: Sequence[int], *, is_fanout_on_read: bool
) -> None:
    if not readers:
        return
    pushed = readers
    if is_fanout_on_read:
        pushed = await timeline.pull(readers, author_id)
        await _add_fanout_exceptions(db, [(author_id, reader) for reader in pushed])
    if pushed:
        newest = await newest_of_author(db, author_id, timeline.capacity)
        await timeline.merge(list(map(of_reader, pushed)), newest)
    if not is_fanout_on_read:
        await _neither(db, timeline, author_id, readers)


async def _drop(db: Queries, timeline: Timeline, author_id: int, readers: Sequence[int]) -> None:
    if readers:
        await _neither(db, timeline, author_id, readers)
        newest = await newest_of_author(db, author_id, timeline.capacity)
        await timeline.remove(list(map(of_reader, readers)), [id for _, id in newest])


async def pulls_of(db: Queries, reader_id: int, limit: int) -> list[int]:
    """Return the authors that a reader's feed merges on read, at most `limit`; posts of further authors are pushed."""
    records = await db.fetch(
        f"""
        SELECT u.id FROM ({graph.wanted("$1")}) w JOIN users u ON u.id = w.to_id
        WHERE u.is_pulled AND NOT EXISTS (SELECT FROM pushed_anyway WHERE author_id = u.id AND reader_id = $1)
        ORDER BY u.id
        """,
        reader_id,
    )
    authors = [record["id"] for record in records]
    await _add_fanout_exceptions(db, [(author, reader_id) for author in authors[limit:]])
    return authors[:limit]


async def fanout_exceptions_after(db: Queries, author_id: int, after: int, limit: int) -> list[int]:
    """Return the readers to whom a fan-out-on-read author's posts are pushed anyway, in the order of their IDs."""
    records = await db.fetch(
        "SELECT reader_id FROM pushed_anyway WHERE author_id = $1 AND reader_id > $2 ORDER BY reader_id LIMIT $3",
        author_id,
        after,
        limit,
    )
    return [record["reader_id"] for record in records]


async def _add_fanout_exceptions(db: Queries, pairs: Sequence[tuple[int, int]]) -> None:
    if pairs:
        await db.execute(
            """
            INSERT INTO pushed_anyway (id, author_id, reader_id)
            SELECT next_id(shard), author, reader
            FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS p(shard, author, reader)
            ON CONFLICT DO NOTHING
            """,
            [ids.shard_of(author) for author, _ in pairs],
            [author for author, _ in pairs],
            [reader for _, reader in pairs],
        )


async def _neither(db: Queries, timeline: Timeline, author_id: int, readers: Sequence[int]) -> None:
    """Remove the author from these readers: neither merged on read nor pushed as an exception."""
    await timeline.pull_no_more(readers, author_id)
    await db.execute("DELETE FROM pushed_anyway WHERE author_id = $1 AND reader_id = ANY($2)", author_id, readers)
