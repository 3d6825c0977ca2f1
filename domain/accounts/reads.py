"""People, by what a client knows of them."""

from collections.abc import Sequence

import msgspec

from clients.postgres import Queries, Row
from domain import privacy
from domain.accounts.rows import USERNAME, User
from domain.graph import reads as graph
from domain.graph.rows import Kind, Standing
from domain.media.rows import Photo
from domain.rows import by_id

_PEOPLE = """
SELECT u.id, u.username, u.display_name, u.bio, u.avatar, u.is_private, u.is_verified, u.status, u.created_at,
       greatest(u.follower_count, 0) AS follower_count, greatest(u.following_count, 0) AS following_count,
       greatest(u.post_count, 0) AS post_count,
       coalesce((SELECT bit_or(kind) FROM relations WHERE from_id = $1 AND to_id = u.id), 0) AS outward,
       coalesce((SELECT bit_or(kind) FROM relations WHERE from_id = u.id AND to_id = $1), 0) AS inward,
       $1 = 0 OR EXISTS (SELECT FROM users v WHERE v.id = $1 AND v.status = 'ACTIVE') AS viewer_active
FROM users u WHERE u.id = ANY($2)"""

_decode_avatar = msgspec.json.Decoder(Photo).decode


async def users(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[User | None]:
    """The people with these ids as the viewer (0: signed out) sees them; None where there is nobody to see."""
    found = by_id([_user(record, viewer_id) for record in await db.fetch(_PEOPLE, viewer_id, ids)])
    return privacy.visible_people([found.get(id) for id in ids])


def _user(record: Row, viewer_id: int) -> User:
    values = dict(record)
    standing = Standing(
        is_viewer=record["id"] == viewer_id,
        viewer_active=values.pop("viewer_active"),
        outward=values.pop("outward"),
        inward=values.pop("inward"),
    )
    values["avatar"] = record["avatar"] and _decode_avatar(record["avatar"])
    return User(**values, standing=standing)


async def user_ids(db: Queries, usernames: Sequence[str]) -> list[int]:
    """The ids of the people with these names, in any case of letters; 0 where there is nobody."""
    names = [name.lower() for name in usernames]
    possible = [name for name in names if USERNAME.fullmatch(name)]
    records = await db.fetch("SELECT id, username FROM users WHERE username = ANY($1)", possible)
    found = {record["username"]: record["id"] for record in records}
    return [found.get(name, 0) for name in names]


async def emails(db: Queries, ids: Sequence[int]) -> list[str | None]:
    """The addresses of these people: each for its owner's eyes only."""
    records = await db.fetch("SELECT id, email FROM users WHERE id = ANY($1) AND status = 'ACTIVE'", ids)
    found = {record["id"]: record["email"] for record in records}
    return [found.get(id) for id in ids]


_HIDDEN_FOLLOWS = f"""
WITH blocks AS MATERIALIZED (SELECT ARRAY({graph.blockers("$1")}) AS by)
SELECT u.id,
       (SELECT count(*) FROM relations
        WHERE to_id = u.id AND kind = {Kind.FOLLOW:d} AND from_id = ANY((SELECT by FROM blocks)::bigint[])),
       (SELECT count(*) FROM relations
        WHERE from_id = u.id AND kind = {Kind.FOLLOW:d} AND to_id = ANY((SELECT by FROM blocks)::bigint[]))
FROM unnest($2::bigint[]) AS u(id)"""


async def hidden_follows(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[tuple[int, int]]:
    """For each person, how many of (their followers, those they follow) block the viewer: they are not counted."""
    found = {record[0]: (record[1], record[2]) for record in await db.fetch(_HIDDEN_FOLLOWS, viewer_id, ids)}
    return [found[id] for id in ids]


async def is_live(db: Queries, session_id: int) -> bool:
    """Whether the session goes on, and its person has neither deactivated nor deleted their account."""
    return bool(
        await db.fetchval(
            """
            SELECT true FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.id = $1 AND s.ended_at IS NULL AND u.status = 'ACTIVE'
            """,
            session_id,
        )
    )
