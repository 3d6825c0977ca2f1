"""Who likes what."""

from collections.abc import Sequence

from clients.postgres import Queries
from kit.paging import Found, Request


async def pages_of_likers(db: Queries, subjects: Sequence[int], request: Request) -> list[Found]:
    """For each post or comment: who liked it last, beyond the cursor, and whether there are more."""
    records = await db.fetch(
        """
        SELECT s.id AS owner, l.id, l.user_id FROM unnest($1::bigint[]) AS s(id) CROSS JOIN LATERAL (
            SELECT id, user_id FROM likes WHERE subject_id = s.id AND id < $2 ORDER BY id DESC LIMIT $3
        ) l
        """,
        subjects,
        request.before_id,
        request.first + 1,
    )
    return request.split(subjects, [(record["owner"], (record["id"],), record["user_id"]) for record in records])
