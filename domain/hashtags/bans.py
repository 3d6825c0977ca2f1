"""Hashtags that moderators keep out of the trends. Posts under them stay visible and can be found."""

from collections.abc import Sequence

from clients.postgres import Database, Queries
from domain.entities import hashtag_name
from domain.hashtags.rows import MAX_LENGTH


class InvalidHashtagError(Exception):
    """The text is not a hashtag."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not a hashtag: expected letters, digits and '_', with or without '#'.")


async def ban(db: Queries, text: str) -> str:
    """Keep a hashtag out of the trends; its identity. Idempotent. Raises InvalidHashtagError."""
    name = _name(text)
    await db.execute(
        """
        INSERT INTO banned_hashtags (id, name, created_at) VALUES (next_id(0), $1, now())
        ON CONFLICT (name) DO NOTHING
        """,
        name,
    )
    return name


async def allow(db: Queries, text: str) -> tuple[str, bool]:
    """Lift a ban: the identity of the hashtag, and whether it was banned. Raises InvalidHashtagError."""
    name = _name(text)
    return name, bool(await db.fetchval("DELETE FROM banned_hashtags WHERE name = $1 RETURNING true", name))


async def banned(db: Database) -> list[str]:
    """The identities of all banned hashtags, in alphabetical order."""
    return [record["name"] for record in await db.fetch("SELECT name FROM banned_hashtags ORDER BY name")]


async def banned_ids(db: Queries, ids: Sequence[int]) -> set[int]:
    """Which of these hashtags are banned."""
    records = await db.fetch(
        "SELECT h.id FROM hashtags h JOIN banned_hashtags b ON b.name = h.name WHERE h.id = ANY($1)", ids
    )
    return {record["id"] for record in records}


def _name(text: str) -> str:
    name = hashtag_name(text)
    if name is None or len(name) > MAX_LENGTH:
        raise InvalidHashtagError(text)
    return name
