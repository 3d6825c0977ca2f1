"""Keyset pagination: pages of many lists in one query, and the bound at which the next page begins."""

from collections.abc import Sequence
from datetime import datetime

from clients.postgres import Queries
from kit.clock import from_epoch_ms
from kit.cursor import Position
from kit.paging import Found, Request

_NEWEST: Position = (2**53 - 1, 2**63 - 1)
_MAX_MS = 253_402_300_799_999
"""The last millisecond that a datetime can hold."""


def upper_bound(after: Position | None) -> tuple[datetime, int]:
    """The (instant, id) that every item of the page after this position stays below. None is the first page."""
    ms, id = after or _NEWEST
    return from_epoch_ms(min(ms, _MAX_MS)), id


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
    """For each of `owners`: the column `shown` of its rows in `table` after the cursor, and whether more follow.

    Rows are in the order of their IDs. The names are SQL of this repository, never input. An index on (`owner`, id) is
    required, or on (`owner`, the columns of `where`, id).
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
