"""Who follows whom."""

from collections.abc import Iterable, Sequence

import msgspec

from clients.postgres import Queries
from kit.paging import Request


class Relation(msgspec.Struct, frozen=True):
    """Between a viewer and somebody: does the viewer follow them, do they follow the viewer."""

    follows: bool
    followed: bool


STRANGERS = Relation(follows=False, followed=False)


async def relations(db: Queries, viewer_id: int, others: Sequence[int]) -> list[Relation]:
    """How the viewer (0: signed out) stands to each of `others`."""
    if not viewer_id:
        return [STRANGERS] * len(others)
    records = await db.fetch(
        """
        SELECT followee_id AS other, true AS outward FROM follows WHERE follower_id = $1 AND followee_id = ANY($2)
        UNION ALL
        SELECT follower_id, false FROM follows WHERE followee_id = $1 AND follower_id = ANY($2)
        """,
        viewer_id,
        others,
    )
    follows = {record["other"] for record in records if record["outward"]}
    followed = {record["other"] for record in records if not record["outward"]}
    return [Relation(follows=other in follows, followed=other in followed) for other in others]


async def followees(db: Queries, follower_id: int) -> list[int]:
    """Everybody this person follows."""
    records = await db.fetch("SELECT followee_id FROM follows WHERE follower_id = $1", follower_id)
    return [record["followee_id"] for record in records]


async def followers_after(db: Queries, followee_id: int, after: int, limit: int) -> list[tuple[int, int]]:
    """(follow, follower) for at most `limit` followers whose follows come after the id `after`, in their order."""
    records = await db.fetch(
        "SELECT id, follower_id FROM follows WHERE followee_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        followee_id,
        after,
        limit,
    )
    return [(record["id"], record["follower_id"]) for record in records]


async def pages_of_followers(
    db: Queries, users: Iterable[int], request: Request
) -> list[tuple[list[tuple[int, int]], bool]]:
    """For each user: the newest (follow, follower) beyond the cursor, and whether there are more."""
    return await _pages(db, users, request, "followee_id", "follower_id")


async def pages_of_followees(
    db: Queries, users: Iterable[int], request: Request
) -> list[tuple[list[tuple[int, int]], bool]]:
    """For each user: the newest (follow, followee) beyond the cursor, and whether there are more."""
    return await _pages(db, users, request, "follower_id", "followee_id")


async def _pages(
    db: Queries, users: Iterable[int], request: Request, side: str, other: str
) -> list[tuple[list[tuple[int, int]], bool]]:
    wanted = list(users)
    before = request.after[0] if request.after else 2**63 - 1
    records = await db.fetch(
        f"""
        SELECT u.id AS owner, f.id, f.other
        FROM unnest($1::bigint[]) AS u(id)
        CROSS JOIN LATERAL (
            SELECT id, {other} AS other FROM follows
            WHERE {side} = u.id AND id < $2 ORDER BY id DESC LIMIT $3
        ) AS f
        """,
        wanted,
        before,
        request.first + 1,
    )
    pages: dict[int, list[tuple[int, int]]] = {}
    for record in records:
        pages.setdefault(record["owner"], []).append((record["id"], record["other"]))
    return [(rows[: request.first], len(rows) > request.first) for rows in (pages.get(user, []) for user in wanted)]
