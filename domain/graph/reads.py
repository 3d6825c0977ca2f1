"""Follows, follow requests and blocks in batches."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from clients.postgres import Queries
from domain.graph.rows import Kind
from domain.keyset_pages import pages_by_id
from kit.paging import Found, Request


def blockers(person: str) -> str:
    """SQL for the IDs of the last 500 users who have blocked `person`; the limit bounds the cost of the filter."""
    return f"SELECT from_id FROM relations WHERE to_id = {person} AND kind = {Kind.BLOCK:d} ORDER BY id DESC LIMIT 500"


def blocked(person: str) -> str:
    """SQL for the IDs of the last 500 users whom `person` has blocked."""
    return f"SELECT to_id FROM relations WHERE from_id = {person} AND kind = {Kind.BLOCK:d} ORDER BY id DESC LIMIT 500"


def across_block(person: str) -> str:
    """SQL for the IDs of the last 500 users in each direction of a block with `person`, each once."""
    return f"({blockers(person)}) UNION ({blocked(person)})"


def wanted(reader: str) -> str:
    """SQL for the ids, `to_id`, of everybody whose posts belong in the feed of `reader`, but for the reader: whom they
    follow and do not mute.
    """
    return f"""
    SELECT to_id FROM relations WHERE from_id = {reader} AND kind = {Kind.FOLLOW:d}
    EXCEPT SELECT to_id FROM relations WHERE from_id = {reader} AND kind = {Kind.MUTE:d}"""


async def wanting(db: Queries, author_id: int, readers: Sequence[int]) -> set[int]:
    """Return those of `readers` in whose feeds this author's posts belong: unmuting followers, and the author."""
    records = await db.fetch(
        f"""
        SELECT from_id FROM relations WHERE from_id = ANY($2) AND to_id = $1
        GROUP BY 1 HAVING bit_or(kind) & {Kind.FOLLOW | Kind.MUTE:d} = {Kind.FOLLOW:d}
        """,
        author_id,
        readers,
    )
    return {author_id, *(record["from_id"] for record in records)}


async def _after(db: Queries, to_id: int, after: int, limit: int, *, kind: Kind) -> list[tuple[int, int]]:
    records = await db.fetch(
        f"""
        SELECT id, from_id FROM relations r WHERE to_id = $1 AND kind = {kind:d} AND id > $2 AND NOT EXISTS (
            SELECT FROM relations WHERE from_id = r.from_id AND to_id = $1 AND kind = {Kind.MUTE:d}
        ) ORDER BY id LIMIT $3
        """,
        to_id,
        after,
        limit,
    )
    return [(record["id"], record["from_id"]) for record in records]


followers_after = partial(_after, kind=Kind.FOLLOW)
"""Return (follow, follower) for at most `limit` followers whose follows come after the ID `after`, in order.

Followers who mute the followee are left out.
"""

story_subscribers = partial(_after, kind=Kind.STORY_NOTIFICATIONS)
"""Return (relation, follower), in the same way, for subscribers of a user's story notifications."""


def _list(kind: Kind, owner: str, shown: str) -> Callable[[Queries, Sequence[int], Request], Awaitable[list[Found]]]:
    return partial(pages_by_id, table="relations", owner=owner, shown=shown, where=f"kind = {kind:d}")


pages_of_followers = _list(Kind.FOLLOW, "to_id", "from_id")
"""For each user: the newest followers after the cursor, and whether there are more."""

pages_of_followees = _list(Kind.FOLLOW, "from_id", "to_id")
"""For each user: the newest followees after the cursor, and whether there are more."""

pages_of_requests = _list(Kind.REQUEST, "to_id", "from_id")
"""For each user: the newest follow requests after the cursor, and whether there are more."""

pages_of_blocked = _list(Kind.BLOCK, "from_id", "to_id")
"""For each user: the users whom they blocked last, after the cursor, and whether there are more."""
