"""Factories that insert users, posts, likes, uploads and stories directly into the database, many at a time."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from clients.postgres import Database, Queries
from clients.redis import Redis
from domain.accounts import reads as accounts
from domain.accounts.rows import User
from domain.posts.reads import Posts
from domain.posts.rows import Post
from tests.support.media_rows import picture
from workers.parts import Parts
from workers.stories import MARGIN, sweep


async def people(db: Database, count: int) -> list[int]:
    """The numbers of new people, who cannot sign in."""
    records = await db.fetch(
        """
        INSERT INTO users (id, username, email, display_name, password_hash, birth_date, created_at)
        SELECT next_id(n % 4096), $2 || n, $2 || n, '', '', $3, now() FROM generate_series(1, $1) n RETURNING id
        """,
        count,
        f"c{secrets.token_hex(6)}.",
        date(1990, 1, 1),
    )
    return [record["id"] for record in records]


async def published(db: Database, redis: Redis, author_id: int) -> tuple[Post, User]:
    """A post without pictures, and its author as anybody sees them."""
    post_id = await db.fetchval(
        """
        WITH counted AS (UPDATE users SET post_count = post_count + 1 WHERE id = $1)
        INSERT INTO posts (id, author_id, status, caption, created_at, published_at)
        VALUES (next_id(1), $1, 'PUBLISHED', '', now(), date_trunc('milliseconds', now())) RETURNING id
        """,
        author_id,
    )
    [post], [author] = await Posts(db, redis).by_id([post_id]), await accounts.users(db, 0, [author_id])
    assert post is not None
    assert author is not None
    return post, author


async def hashtag(db: Database, name: str) -> int:
    """The number of a new hashtag without posts."""
    return int(await db.fetchval("INSERT INTO hashtags (id, name) VALUES (next_id(1), $1) RETURNING id", name))


async def location(db: Database) -> int:
    """The number of a new location without posts."""
    insert = "INSERT INTO locations (id, digest, name) VALUES (next_id(1), $1, 'a place') RETURNING id"
    return int(await db.fetchval(insert, secrets.token_hex(32)))


async def posted(
    db: Database,
    authors: Sequence[int],
    hashtag_id: int | None = None,
    location_id: int | None = None,
    ago: timedelta = timedelta(),
    likes: int = 0,
) -> list[int]:
    """A published post of each author under the hashtag or from the location, without pictures.

    Likes are of nobody in particular. They are counted, the posts themselves are not.
    """
    records = await db.fetch(
        """
        WITH made AS (
            INSERT INTO posts (id, author_id, status, caption, location_id, created_at, published_at, like_count)
            SELECT next_id(1), author, 'PUBLISHED', '', $3, at, at, $5
            FROM unnest($1::bigint[]) author, date_trunc('milliseconds', now() - $4::interval) at
            RETURNING id, author_id, published_at
        ), tagged AS (
            INSERT INTO taggings (id, hashtag_id, post_id, author_id, published_at)
            SELECT next_id(1), $2, id, author_id, published_at FROM made WHERE $2::bigint IS NOT NULL
        ), likes AS (
            INSERT INTO likes (id, subject_id, user_id)
            SELECT next_id(1), id, next_id(1) FROM made, generate_series(1, $5)
        )
        SELECT id FROM made ORDER BY id
        """,
        authors,
        hashtag_id,
        location_id,
        ago,
        likes,
    )
    return [record["id"] for record in records]


async def liked(db: Queries, post_id: int, count: int) -> None:
    """`count` more likes of a post, of nobody in particular; counted too, or the repair would undo the count."""
    await db.execute(
        """
        WITH made AS (
            INSERT INTO likes (id, subject_id, user_id) SELECT next_id(1), $1, next_id(1) FROM generate_series(1, $2)
            RETURNING 1
        )
        UPDATE posts SET like_count = like_count + (SELECT count(*) FROM made) WHERE id = $1
        """,
        post_id,
        count,
    )


async def sent(db: Database, owners: Sequence[int], *, used: bool = False) -> list[int]:
    """A photo of each of them that is READY."""
    records = await db.fetch(
        """
        INSERT INTO uploads (id, owner_id, kind, content_type, byte_size, token, status, media, progress, attempt,
                             used, created_at, expires_at)
        SELECT next_id(1), id, 'PHOTO', 'image/jpeg', 1, md5(id || ' ' || n || $2), 'READY', $3::jsonb, 1, 0, $4,
               now(), now()
        FROM unnest($1::bigint[]) WITH ORDINALITY AS o(id, n) RETURNING id
        """,
        owners,
        secrets.token_hex(6),
        picture(0),
        used,
    )
    return [record["id"] for record in records]


async def used_token(db: Database) -> str:
    """The token of an upload that is used, and not for a story."""
    [upload] = await sent(db, await people(db, 1), used=True)
    return str(await db.fetchval("SELECT token FROM uploads WHERE id = $1", upload))


async def live_stories(db: Database, authors: Sequence[int]) -> list[int]:
    """A story of each of them, published now."""
    records = await db.fetch(
        """
        INSERT INTO stories (id, author_id, upload_id, status, audience, created_at, published_at, due_at)
        SELECT next_id(1), owner_id, u.id, 'PUBLISHED', 'FOLLOWERS', at, at, at + interval '24 hours'
        FROM uploads u, date_trunc('milliseconds', now()) AS at WHERE u.id = ANY($1) ORDER BY u.id RETURNING id
        """,
        await sent(db, authors, used=True),
    )
    return [record["id"] for record in records]


async def sweep_all(parts: Parts, now: datetime) -> None:
    """Remove what is over by `now` of stories, a while later, and whatever others have left here too."""
    while await sweep(parts, now + MARGIN):
        pass
