"""Pages of many lists in one query have each row once, in the order of IDs."""

from functools import partial

import pytest

from clients import postgres
from domain.keyset_pages import pages_by_id
from kit.cursor import Position
from kit.paging import Request
from tests.support.factories import people


@pytest.mark.parametrize("oldest_first", [False, True])
async def test_pages_go_on_behind_their_cursor(spare_database: str, oldest_first: bool) -> None:
    db = await postgres.connect(spare_database, size=1)
    ada, eve, *fans = await people(db, 7)
    await db.executemany(
        "INSERT INTO relations (id, from_id, to_id, kind) VALUES (next_id(0), $1, $2, 1)",
        [(fan, ada) for fan in fans] + [(ada, eve)],
    )
    read = partial(pages_by_id, table="relations", owner="to_id", shown="from_id", oldest_first=oldest_first)
    seen: list[int] = []
    after: Position | None = None
    for size in (2, 2, 1):
        (page, has_more), (other, _) = await read(db, [ada, eve], Request(2, after, str))
        assert (len(page), has_more) == (size, size == 2)
        assert after is not None or [shown for _, shown in other] == [ada]
        seen += [shown for _, shown in page]
        after = page[-1][0]
    assert seen == (fans if oldest_first else fans[::-1])
    await db.close()
