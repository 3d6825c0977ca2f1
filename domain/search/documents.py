"""What the search engine holds: a document for each account, hashtag, place and post that can be found.

A document is made of what PostgreSQL says now. One that must not be found is not made: accounts that are not active,
posts that strangers may not see, hashtags and places without such a post. A private account can be found by its whole
username, and by its words where the searcher follows it (`restricted_words`).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import msgspec

from clients.postgres import Queries, Row
from clients.search import Document, Index
from kit import ids, terms

VERSION = "1"
"""Of how documents are made. An index that holds another version is built again beside it."""

MAX_TERMS = 300
"""How many different terms of a text are indexed."""
MAX_USES = 1_000
"""Up to which number the posts from a place are counted."""

PUBLIC = "p.status = 'PUBLISHED' AND u.status = 'ACTIVE' AND NOT u.is_private"
"""SQL: strangers may see the post `p` of the account `u`."""


@dataclass(frozen=True)
class Source:
    """Where the documents of an index come from: `rows` is SQL for those with the ids $1, `make` makes one of a row."""

    table: str
    rows: str
    make: Callable[[Row], Document]


def popularity(count: int) -> int:
    """A weight by how many follow, like or use something: 16 for each doubling."""
    return round(16 * math.log2(1 + max(count, 0)))


HALF_LIFE_HOURS = 84
"""A post that is this much newer is worth as much as one with twice the engagement."""


def freshness(engagement: int, published_at: datetime) -> int:
    """A weight by engagement and age, which does not change while time passes: later posts begin higher.

    The "hot" order of Reddit (Salihefendic, How Reddit ranking algorithms work, 2015): log2 of the engagement, plus 1
    for each HALF_LIFE_HOURS since a fixed day. In hundredths.
    """
    hours = (published_at - ids.EPOCH).total_seconds() / 3600
    return round(100 * (math.log2(1 + max(engagement, 0)) + hours / HALF_LIFE_HOURS))


def place_in_time(instant: datetime, id: int) -> int:
    """A number that orders by `instant`, to the millisecond, then by the lowest bits of `id`."""
    return ids.since(instant) | id & 0x3FFFFF


def words(*texts: str) -> tuple[str, ...]:
    """The terms by which any of `texts` is found, and each text without its spaces."""
    found = dict.fromkeys(term.text for text in texts for term in terms.terms_of_document(text))
    found |= dict.fromkeys(filter(None, map(terms.joined, texts)))
    return tuple(found)[:MAX_TERMS]


def _document(id: int, **content: object) -> Document:
    filled = {"names": (), "words": (), "restricted_words": (), "labels": (), "place": id} | content
    digest = blake2b(msgspec.msgpack.encode(filled), digest_size=8).digest()
    return Document(id, digest=int.from_bytes(digest, signed=True), **filled)  # type: ignore[arg-type]


def _person(row: Row) -> Document:
    found = words(row["username"], row["display_name"])
    return _document(
        row["id"],
        names=(row["username"],),
        words=() if row["is_private"] else found,
        restricted_words=found if row["is_private"] else (),
        weight=popularity(row["follower_count"]) + (16 if row["is_verified"] else 0),
    )


def _hashtag(row: Row) -> Document:
    return _document(row["id"], names=(row["name"],), words=words(row["written"]), weight=popularity(row["post_count"]))


def _location(row: Row) -> Document:
    return _document(row["id"], words=words(row["name"]), weight=popularity(row["uses"]))


def _post(row: Row) -> Document:
    found = dict.fromkeys(term.text for term in terms.terms_of_document(row["caption"]))
    return _document(
        row["id"],
        words=tuple(found)[:MAX_TERMS],
        labels=tuple(hashtag_label(name) for name in row["hashtags"]),
        weight=freshness(row["like_count"] + 2 * row["comment_count"], row["published_at"]),
        place=place_in_time(row["published_at"], row["id"]),
    )


def hashtag_label(name: str) -> str:
    """The label of posts under the hashtag with this identity."""
    return f"#{name}"


SOURCES: Mapping[Index, Source] = {
    "people": Source(
        "users",
        """
        SELECT id, username, display_name, is_private, is_verified, follower_count FROM users
        WHERE id = ANY($1) AND status = 'ACTIVE'
        """,
        _person,
    ),
    "hashtags": Source(
        "hashtags",
        """
        SELECT id, name, coalesce(written, name) AS written, post_count FROM hashtags h
        WHERE id = ANY($1) AND EXISTS (SELECT FROM taggings WHERE hashtag_id = h.id AND is_listed)
        """,
        _hashtag,
    ),
    "places": Source(
        "locations",
        f"""
        SELECT l.id, l.name, used.uses FROM locations l CROSS JOIN LATERAL (
            SELECT count(*) AS uses FROM (
                SELECT FROM posts p JOIN users u ON u.id = p.author_id
                WHERE p.location_id = l.id AND {PUBLIC} LIMIT {MAX_USES}
            ) AS each
        ) AS used WHERE l.id = ANY($1) AND used.uses > 0
        """,
        _location,
    ),
    "posts": Source(
        "posts",
        f"""
        SELECT p.id, p.caption, p.hashtags, p.published_at, p.like_count, p.comment_count
        FROM posts p JOIN users u ON u.id = p.author_id WHERE p.id = ANY($1) AND {PUBLIC}
        """,
        _post,
    ),
}


async def documents(db: Queries, index: Index, wanted: Sequence[int]) -> list[Document]:
    """The documents that an index should have for these ids; none for what must not be found."""
    source = SOURCES[index]
    return [source.make(record) for record in await db.fetch(source.rows, wanted)]


async def ids_after(db: Queries, index: Index, after: int, limit: int) -> list[int]:
    """The next ids of the rows that documents of an index are made of, in their order."""
    table = SOURCES[index].table
    records = await db.fetch(f"SELECT id FROM {table} WHERE id > $1 ORDER BY id LIMIT $2", after, limit)
    return [record["id"] for record in records]


async def posts_of(db: Queries, author_id: int, after: int, limit: int) -> list[int]:
    """The next ids of posts of an account, in their order."""
    records = await db.fetch(
        "SELECT id FROM posts WHERE author_id = $1 AND id > $2 ORDER BY id LIMIT $3", author_id, after, limit
    )
    return [record["id"] for record in records]


async def things_of_posts(db: Queries, post_ids: Sequence[int]) -> dict[Index, list[int]]:
    """The hashtags and places that these posts stand under."""
    hashtags = await db.fetch("SELECT DISTINCT hashtag_id AS id FROM taggings WHERE post_id = ANY($1)", post_ids)
    places = await db.fetch(
        "SELECT DISTINCT location_id AS id FROM posts WHERE id = ANY($1) AND location_id IS NOT NULL", post_ids
    )
    return {"hashtags": [record["id"] for record in hashtags], "places": [record["id"] for record in places]}
