"""Whose posts feeds are made of, as the database says."""

from clients import postgres
from domain.feed.reads import newest_for_set, newest_wanted, newest_wanted_with_features
from domain.graph.rows import Kind
from tests.support.factories import people


async def test_feed_is_read_of_whom_the_reader_wants(spare_database: str) -> None:
    db = await postgres.connect(spare_database, size=1)
    reader, followee, muted, away, requested, stranger = await people(db, 6)
    await db.executemany(
        "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(0), $1, $2, $3)",
        [
            (reader, followee, Kind.FOLLOW),
            (reader, muted, Kind.FOLLOW),
            (reader, muted, Kind.MUTE),
            (reader, away, Kind.FOLLOW),
            (reader, requested, Kind.REQUEST),
            (stranger, reader, Kind.FOLLOW),
        ],
    )
    await db.execute("UPDATE users SET status = 'DEACTIVATED' WHERE id = $1", away)
    records = await db.fetch(
        """
        INSERT INTO posts (id, author_id, status, caption, created_at, published_at)
        SELECT next_id(1), a, CASE WHEN published THEN 'PUBLISHED' ELSE 'PROCESSING' END, '', now(),
               CASE WHEN published THEN date_trunc('milliseconds', now()) + n * interval '1 second' END
        FROM unnest($1::bigint[]) WITH ORDINALITY AS u(a, n) CROSS JOIN (VALUES (true), (false)) p(published)
        RETURNING id, author_id, status
        """,
        [reader, followee, muted, away, requested, stranger],
    )
    posts = {record["author_id"]: record["id"] for record in records if record["status"] == "PUBLISHED"}
    found = await newest_wanted(db, reader, None, 10)
    assert [id for _, id in found] == [posts[followee], posts[reader]]
    assert [id for _, id in await newest_wanted(db, reader, found[0], 10)] == [posts[reader]]
    assert [row["id"] for row in await newest_wanted_with_features(db, reader, 10)] == [posts[followee], posts[reader]]
    of_set = [id for _, id in await newest_for_set(db, reader, 10)]
    assert of_set == [posts[away], posts[followee], posts[reader]], "who is away may come back"
    await db.close()
