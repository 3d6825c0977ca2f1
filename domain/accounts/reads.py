"""Users, as a client sees them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from clients.postgres import Queries
from domain import privacy
from domain.accounts.rows import USERNAME, User
from domain.graph import reads as graph
from domain.graph.rows import Kind, Relationship
from domain.media.rows import Photo
from domain.rows import by_id
from kit import unreadable


def people(viewer: str, ids: str) -> str:
    """SQL for rows of `person`: the people whose ids `ids` selects, with the relationship between each and `viewer`."""
    return f"""
    SELECT u.id, u.username, u.display_name, u.bio, u.avatar, u.is_private, u.is_verified, u.status, u.created_at,
           greatest(u.follower_count, 0), greatest(u.following_count, 0), greatest(u.post_count, 0),
           u.id = {viewer},
           {viewer} = 0 OR EXISTS (SELECT FROM users v WHERE v.id = {viewer} AND v.status = 'ACTIVE'),
           coalesce((SELECT bit_or(kind) FROM relations WHERE from_id = {viewer} AND to_id = u.id), 0),
           coalesce((SELECT bit_or(kind) FROM relations WHERE from_id = u.id AND to_id = {viewer}), 0)
    FROM users u WHERE u.id = ANY(ARRAY({ids}))"""


_decode_photo = msgspec.json.Decoder(Photo).decode


# The same user is often converted again; rows are frozen.
@lru_cache(10_000)
def _decode_avatar(text: str) -> Photo | None:
    """The picture. None if it cannot be read: its owner is then shown without a picture."""
    try:
        return _decode_photo(text)
    except unreadable.ERRORS as error:
        unreadable.note("avatar", text, error)
        return None


_PEOPLE = people("$1", "SELECT unnest($2::bigint[])")


async def users(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[User | None]:
    """Return the users with these IDs as the viewer (0: signed out) sees them; None for users who do not exist."""
    found = by_id([person(record) for record in await db.fetch(_PEOPLE, viewer_id, ids)])
    return privacy.visible_people([found.get(id) for id in ids])


_PEOPLE_AND_SESSION = f"""
SELECT EXISTS (
    SELECT FROM sessions s JOIN users v ON v.id = s.user_id
    WHERE s.id = $3 AND s.ended_at IS NULL AND v.status = 'ACTIVE'
), p.* FROM (SELECT) one LEFT JOIN ({_PEOPLE}) p ON true"""


async def users_and_session(
    db: Queries, viewer_id: int, session_id: int, ids: Sequence[int]
) -> tuple[bool, list[User | None]]:
    """Return whether the session is live, as `sessions.live` does, and `users`, in one round trip."""
    records = await db.fetch(_PEOPLE_AND_SESSION, viewer_id, ids, session_id)
    found = by_id([person(record[1:]) for record in records if record[1] is not None])
    return records[0][0], privacy.visible_people([found.get(id) for id in ids])


async def hidden_user(db: Queries, viewer_id: int, id: int) -> User | None:
    """Return a user whom the viewer may not see, so that the viewer can withdraw their own data.

    Nothing of it is shown.
    """
    records = await db.fetch(_PEOPLE, viewer_id, [id])
    return person(records[0]) if records else None


_SEEN_BY = f"""
SELECT by.id, p.* FROM unnest($1::bigint[]) AS by(id) CROSS JOIN LATERAL ({people("by.id", "SELECT $2::bigint")}) p"""


async def seen_by(db: Queries, viewers: Sequence[int], id: int) -> list[User | None]:
    """Return a user as each of `viewers` sees them; None where the user does not exist."""
    found = {record[0]: person(record[1:]) for record in await db.fetch(_SEEN_BY, viewers, id)}
    return privacy.visible_people([found.get(viewer) for viewer in viewers])


def person(row: Any) -> User:
    """Convert a row of `people` to a user."""
    avatar = row[4] and _decode_avatar(row[4])
    columns = (*row[:4], avatar, *row[5:12], Relationship(*row[12:]))
    return User(*columns)


async def user_ids(db: Queries, usernames: Sequence[str]) -> list[int]:
    """Return the IDs of the users with these names, regardless of case; 0 where there is no such user."""
    names = [name.lower() for name in usernames]
    possible = [name for name in names if USERNAME.fullmatch(name)]
    records = await db.fetch("SELECT id, username FROM users WHERE username = ANY($1)", possible)
    found = {record["username"]: record["id"] for record in records}
    return [found.get(name, 0) for name in names]


async def emails(db: Queries, ids: Sequence[int]) -> list[str | None]:
    """Return the email addresses of these users. Each may be shown to its owner only."""
    records = await db.fetch("SELECT id, email FROM users WHERE id = ANY($1) AND status = 'ACTIVE'", ids)
    found = {record["id"]: record["email"] for record in records}
    return [found.get(id) for id in ids]


_HIDDEN_FOLLOWS = f"""
WITH blocks AS MATERIALIZED (SELECT ARRAY({graph.blockers("$1")}) AS by, ARRAY({graph.blocked("$1")}) AS of)
SELECT u.id,
       (SELECT count(*) FROM relations
        WHERE to_id = u.id AND kind = {Kind.FOLLOW:d} AND is_counted
        AND from_id = ANY((SELECT by || of FROM blocks)::bigint[])),
       (SELECT count(*) FROM relations
        WHERE from_id = u.id AND kind = {Kind.FOLLOW:d} AND is_counted
        AND to_id = ANY((SELECT by FROM blocks)::bigint[]))
FROM unnest($2::bigint[]) AS u(id)"""


async def hidden_follows(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[tuple[int, int]]:
    """Return for each user how many (followers, followees) the viewer may not know of.

    These are followers with a block in either direction, and followees who block the viewer. They are not counted.
    """
    found = {record[0]: (record[1], record[2]) for record in await db.fetch(_HIDDEN_FOLLOWS, viewer_id, ids)}
    return [found[id] for id in ids]
