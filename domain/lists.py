"""Lists that are ordered by the ids of their rows, a page of each of many in one query."""

from collections.abc import Sequence

from clients.postgres import Queries
from kit.paging import Found, Request


async def pages_by_id(
    db: Queries,
    owners: Sequence[int],
    request: Request,
    *,
    table: str,
    owner: str,
    shown: str,
    where: str = "true",
    oldest_first: bool = False,
) -> list[Found]:
    """For each of `owners`: the column `shown` of its rows in `table` beyond the cursor, and whether there are more.

    The names are SQL of ours, never anybody's input. There is an index on (`owner`, id), or on (`owner`, what `where`
    asks for, id).
    """
    beyond, order = ("id > $2", "id") if oldest_first else ("id < $2", "id DESC")
    records = await db.fetch(
        f"""
        SELECT o.id AS owner, r.id, r.shown FROM unnest($1::bigint[]) AS o(id) CROSS JOIN LATERAL (
            SELECT id, {shown} AS shown FROM {table}
            WHERE {owner} = o.id AND {where} AND {beyond} ORDER BY {order} LIMIT $3
        ) AS r
        """,
        owners,
        request.after_id if oldest_first else request.before_id,
        request.first + 1,
    )
    return request.split(owners, [(record["owner"], (record["id"],), record["shown"]) for record in records])
