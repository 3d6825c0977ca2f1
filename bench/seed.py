"""A world of 20,000 people and 400,000 posts, made with COPY: `python -m bench.seed [--people N] [--posts N]`.

It goes into the database of HELIOGRAPH_DATABASE_URL, migrated before if need be; counters agree with what they count.
The objects of the pictures are not in the bucket. People, and then posts, are there as a whole or not at all.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from itertools import repeat
from typing import Any

import asyncpg
import numpy as np

import config
from bench import words, world
from bench.pictures import Pictures
from bench.words import Place
from bench.world import Numbers, People, Posts, instant, numbered, shards_of
from domain.graph.rows import Kind
from kit import clock
from migrations.__main__ import apply

CHUNK = 20_000
BORN = date(1990, 1, 1)

Column = Numbers | Callable[[int, int], Iterable[Any]]
"""Numbers of all rows, or what has the values from one row to another."""


class Bar:
    """How far it has come, on stderr where that is a terminal."""

    def __init__(self, steps: int) -> None:
        self._steps, self._done = steps, 0

    def step(self, what: str, by: int = 1) -> None:
        """So many of the steps have been taken, the last at `what`."""
        self._done += by
        self._show(min(self._done / self._steps, 0.99), what, "")

    def end(self) -> None:
        """All of them have been taken."""
        self._show(1, "done", "\n")

    def _show(self, part: float, what: str, end: str) -> None:
        if sys.stderr.isatty():
            print(f"\r[{'#' * int(part * 40):<40}] {part:4.0%} {what:<30}", end=end, file=sys.stderr, flush=True)


async def seed(url: str, *, people: int = 20_000, posts: int = 400_000, number: int = 1) -> People:
    """Make a world in the migrated database at `url`; who is in it. The same `number` makes the same world."""
    made = world.people(people, number, clock.now())
    await add_people(url, made)
    await add_posts(url, made, posts)
    return made


async def add_people(url: str, made: People) -> None:
    """People with their pictures, and who follows whom."""
    tables = ["users", "uploads", "attachments", "relations"]
    async with bulk(url, tables, 3 * made.count + len(made.followers)) as (tx, bar):
        if await tx.fetchval("SELECT true FROM users WHERE id = $1 OR username = $2", made.star, _username(0)):
            raise SystemExit("There is such a world in this database already.")
        await _people(tx, bar, made)


async def add_posts(url: str, made: People, count: int) -> Posts:
    """What these people publish, say and like."""
    posts = world.posts(made, count)
    tables = ["posts", "uploads", "attachments", "comments", "likes", "taggings"]
    rows = posts.count + 2 * int(posts.photos.sum()) + len(posts.comments) + len(posts.likes)
    async with bulk(url, tables, rows) as (tx, bar):
        await _posts(tx, bar, made, posts)
    return posts


@asynccontextmanager
async def bulk(url: str, tables: Sequence[str], rows: int) -> AsyncIterator[tuple[asyncpg.Connection, Bar]]:
    """A transaction in which `tables` have only the indexes of their keys; the others are rebuilt at the end."""
    db = await asyncpg.connect(url)
    try:
        async with db.transaction():
            await db.execute("SET LOCAL maintenance_work_mem = '512MB'")
            drops, makes = await _indexes(db, tables)
            # An index takes about as long as a twentieth of all rows.
            bar = Bar(rows + len(makes) * rows // 20)
            for statement in drops:
                await db.execute(statement)
            yield db, bar
            for name, statement in makes:
                await db.execute(statement)
                bar.step(name, rows // 20)
        # A vacuum that comes by itself later would disturb what is measured.
        await db.execute("VACUUM (ANALYZE)")
        bar.end()
    finally:
        await db.close()


async def _indexes(db: asyncpg.Connection, tables: Sequence[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Statements that drop what slows a COPY down, and (name, statement) that make it again."""
    constraints = await db.fetch(
        """
        SELECT conrelid::regclass::text AS on, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE contype IN ('f', 'u') AND conrelid = ANY($1::text[]::regclass[])
        ORDER BY contype DESC
        """,
        tables,
    )
    indexes = await db.fetch(
        """
        SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index i
        WHERE indrelid = ANY($1::text[]::regclass[])
          AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
        """,
        tables,
    )
    drops = [f"ALTER TABLE {each['on']} DROP CONSTRAINT {each['name']}" for each in reversed(constraints)]
    drops += [f"DROP INDEX {each['name']}" for each in indexes]
    makes = [(each["name"], each["definition"]) for each in indexes]
    makes += [
        (each["name"], f"ALTER TABLE {each['on']} ADD CONSTRAINT {each['name']} {each['definition']}")
        for each in constraints
    ]
    return drops, makes


async def copy(db: asyncpg.Connection, bar: Bar, table: str, columns: Mapping[str, Column]) -> None:
    """Write rows of these columns, of which that of the ids is made of numbers."""
    count = len(columns["id"])  # type: ignore[arg-type]
    for start in range(0, count, CHUNK):
        stop = min(start + CHUNK, count)
        values = [
            column[start:stop].tolist() if isinstance(column, np.ndarray) else column(start, stop)
            for column in columns.values()
        ]
        await db.copy_records_to_table(table, columns=list(columns), records=zip(*values, strict=True))
        bar.step(table, stop - start)


def same(value: object) -> Column:
    """The same in every row."""
    return lambda start, stop: repeat(value, stop - start)


def times(ms: Numbers) -> Column:
    """Instants, from milliseconds since ids.EPOCH."""
    return lambda start, stop: map(instant, ms[start:stop].tolist())


def each_of(of: Callable[[int], object], numbers: Numbers) -> Column:
    """What `of` makes of each number."""
    return lambda start, stop: map(of, numbers[start:stop].tolist())


def _username(person: int) -> str:
    first, last = words.FIRST[person % len(words.FIRST)], words.LAST[person // len(words.FIRST) % len(words.LAST)]
    return f"{first}.{last}.{person}"


def _display_name(person: int) -> str:
    return " ".join(part.title() for part in _username(person).split(".")[:2])


async def _people(db: asyncpg.Connection, bar: Bar, made: People) -> None:
    numbers = np.arange(made.count)
    shards = shards_of(made.ids)
    random = np.random.default_rng([made.seed, 3])
    pictured = numbers[random.random(made.count) < 0.9]
    at = made.made[pictured] + 60_000
    uploads, attachments = (numbered(kind, at, shards[pictured]) for kind in ("uploads", "attachments"))
    pictures = Pictures(random, len(pictured))
    shown = zip(pictures.media(0, len(pictured)), uploads.tolist(), attachments.tolist(), strict=True)
    avatars: dict[int, str] = dict(
        zip(
            pictured.tolist(),
            (f'{media[:-1]},"id":{upload},"chosen":{attachment}}}' for media, upload, attachment in shown),
            strict=True,
        )
    )
    columns: dict[str, Column] = {
        "id": made.ids,
        "username": each_of(_username, numbers),
        "email": each_of(lambda person: f"{_username(person)}@example.com", numbers),
        "display_name": each_of(_display_name, numbers),
        "bio": each_of(lambda person: f"{words.MOODS[person % len(words.MOODS)]} pictures".capitalize(), numbers),
        "avatar": each_of(avatars.get, numbers),
        "is_private": (random.random(made.count) < 0.03) & (numbers != world.STAR),
        "is_verified": (random.random(made.count) < 0.02) | (numbers == world.STAR),
        "status": same("ACTIVE"),
        "password_hash": same(""),
        "birth_date": same(BORN),
        "created_at": times(made.made),
        "follower_count": np.bincount(made.followees, minlength=made.count),
        "following_count": np.bincount(made.followers, minlength=made.count),
    }
    await copy(db, bar, "users", columns)
    await add_uploads(db, bar, pictures, uploads, made.ids[pictured], at)
    columns = {
        "id": attachments,
        "upload_id": uploads,
        "position": same(0),
    }
    await copy(db, bar, "attachments", columns)
    columns = {
        "id": numbered("relations", made.followed, shards[made.followers]),
        "from_id": made.ids[made.followers],
        "to_id": made.ids[made.followees],
        "kind": same(int(Kind.FOLLOW)),
    }
    await copy(db, bar, "relations", columns)


async def add_uploads(
    db: asyncpg.Connection, bar: Bar, pictures: Pictures, uploads: Numbers, owners: Numbers, at: Numbers
) -> None:
    """Photos of these people, which are ready."""
    columns: dict[str, Column] = {
        "id": uploads,
        "owner_id": owners,
        "kind": same("PHOTO"),
        "content_type": same("image/jpeg"),
        "byte_size": same(2_400_000),
        "token": pictures.tokens,
        "status": same("READY"),
        "media": pictures.media,
        "progress": same(1.0),
        "used": same(True),
        "attempt": same(1),
        "created_at": times(at),
        "expires_at": times(at + 3_600_000),
    }
    await copy(db, bar, "uploads", columns)


async def _posts(db: asyncpg.Connection, bar: Bar, made: People, posts: Posts) -> None:
    random = np.random.default_rng([made.seed, 4])
    owners = made.ids[posts.authors]
    shards = shards_of(owners)
    published = posts.made + world.PUBLISHED_AFTER
    hashtags = await _hashtags(db, made, posts)
    places = await add_places(db, posts.known, made.era.begin)
    columns: dict[str, Column] = {
        "id": posts.ids,
        "author_id": owners,
        "status": same("PUBLISHED"),
        "caption": each_of(lambda caption: posts.written[caption].text, posts.captions),
        "hashtags": each_of(lambda caption: posts.written[caption].hashtags, posts.captions),
        "location_id": each_of(lambda place: places[place] if place >= 0 else None, posts.places),
        "created_at": times(posts.made),
        "published_at": times(published),
        "like_count": posts.like_counts,
        "comment_count": posts.comment_counts,
    }
    await copy(db, bar, "posts", columns)
    post_counts = np.bincount(posts.authors, minlength=made.count)
    await db.execute(
        "UPDATE users SET post_count = c.count FROM unnest($1::bigint[], $2::int[]) c(id, count) WHERE c.id = users.id",
        made.ids.tolist(),
        post_counts.tolist(),
    )
    shown_in = np.repeat(np.arange(posts.count), posts.photos)
    at = posts.made[shown_in]
    uploads = numbered("uploads", at - 5_000, shards[shown_in])
    await add_uploads(db, bar, Pictures(random, len(shown_in)), uploads, owners[shown_in], at - 5_000)
    views = [None, *(f"A {mood} view of a {thing}" for mood in words.MOODS for thing in words.THINGS[:10])]
    numbers = np.arange(len(shown_in))
    columns = {
        "id": numbered("attachments", at, shards[shown_in]),
        "upload_id": uploads,
        "post_id": posts.ids[shown_in],
        "position": numbers - (np.cumsum(posts.photos) - posts.photos)[shown_in],
        "alt_text": each_of(lambda view: views[view], random.integers(0, len(views), len(shown_in))),
    }
    await copy(db, bar, "attachments", columns)
    tagged = [(n, tag) for n, caption in enumerate(posts.captions.tolist()) for tag in posts.written[caption].hashtags]
    tagged_posts = np.array([n for n, _ in tagged], dtype=np.int64)
    columns = {
        "id": numbered("taggings", published[tagged_posts], shards[tagged_posts]),
        "hashtag_id": np.array([hashtags[tag] for _, tag in tagged], dtype=np.int64),
        "post_id": posts.ids[tagged_posts],
        "author_id": owners[tagged_posts],
        "published_at": times(published[tagged_posts]),
    }
    await copy(db, bar, "taggings", columns)
    # Which of them count the database decides: those of private accounts do not.
    await db.execute(
        """
        UPDATE hashtags h SET post_count = c.listed FROM (
            SELECT hashtag_id, count(*) FILTER (WHERE is_listed) AS listed FROM taggings
            WHERE hashtag_id = ANY($1::bigint[]) GROUP BY 1
        ) c WHERE c.hashtag_id = h.id
        """,
        list(hashtags.values()),
    )
    columns = {
        "id": numbered("comments", posts.commented, shards[posts.comments]),
        "post_id": posts.ids[posts.comments],
        "author_id": made.ids[posts.commenters],
        "text": each_of(lambda n: words.REMARKS[n * 7919 % len(words.REMARKS)], np.arange(len(posts.comments))),
        "created_at": times(posts.commented),
    }
    await copy(db, bar, "comments", columns)
    columns = {
        "id": numbered("likes", posts.liked, shards[posts.likes]),
        "subject_id": posts.ids[posts.likes],
        "user_id": made.ids[posts.likers],
    }
    await copy(db, bar, "likes", columns)


async def _hashtags(db: asyncpg.Connection, made: People, posts: Posts) -> dict[str, int]:
    """The ids of the hashtags in captions, with their counts; others may be there already."""
    counts: dict[str, int] = {}
    for caption, times in enumerate(np.bincount(posts.captions, minlength=len(posts.written)).tolist()):
        for tag in posts.written[caption].hashtags:
            counts[tag] = counts.get(tag, 0) + times
    names = sorted(name for name, count in counts.items() if count)
    shards = np.array([words.hashtag_shard(name) for name in names], dtype=np.int64)
    records = await db.fetch(
        """
        INSERT INTO hashtags (id, name, post_count) SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])
        ON CONFLICT (name) DO UPDATE SET post_count = hashtags.post_count + excluded.post_count RETURNING name, id
        """,
        numbered("hashtags", np.full(len(names), made.era.begin), shards).tolist(),
        names,
        [counts[name] for name in names],
    )
    return dict(map(tuple, records))


async def add_places(db: asyncpg.Connection, known: Sequence[Place], made: int) -> list[int]:
    """The ids of these places, made at that time."""
    shards = np.array([place.shard for place in known], dtype=np.int64)
    found = numbered("locations", np.full(len(known), made), shards).tolist()
    records = zip(
        found,
        *zip(*((each.digest, each.name, each.latitude, each.longitude) for each in known), strict=True),
        strict=True,
    )
    await db.copy_records_to_table(
        "locations", columns=["id", "digest", "name", "latitude", "longitude"], records=records
    )
    return list(found)


def main() -> None:
    """Seed the database that the settings name."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--posts", type=int, default=400_000)
    parser.add_argument("--seed", type=int, default=1, help="another number makes another world")
    given = parser.parse_args()
    try:
        settings = config.load()
        config.require(settings, "database_url")
    except config.ConfigurationError as error:
        sys.exit(str(error))
    url = str(settings.database_url)

    async def go() -> People:
        await apply(url)
        return await seed(url, people=given.people, posts=given.posts, number=given.seed)

    made = asyncio.run(go())
    print(json.dumps({"star": made.star, "readers": made.readers}))


if __name__ == "__main__":
    main()
