"""The copy in memory of the list of banned pictures says what the table says."""

import secrets
from collections.abc import AsyncIterator

import pytest

from clients.postgres import Database, connect
from domain.moderation import banned
from domain.moderation.banned import Banned


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    pool = await connect(spare_database, size=3)
    yield pool
    await pool.close()


def differing(hash: str, bits: int) -> str:
    """`hash` with so many bits of it turned, spread over all of it."""
    number = int(hash, 16)
    for bit in range(bits):
        number ^= 1 << bit * 8
    return f"{number:064x}"


def some() -> str:
    return secrets.token_hex(32)


async def test_what_is_near_is_found(db: Database) -> None:
    listed = Banned(db)
    assert await listed.match([some()]) is None
    hashes = [some() for _ in range(5)]
    for n, hash in enumerate(hashes):
        await listed.add(hash, f"It is {n}.")
    assert await listed.match([]) is None
    assert await listed.match([some(), some()]) is None
    for n, hash in enumerate(hashes):
        assert await listed.match([some(), differing(hash, 31)]) == f"It is {n}."
        assert await listed.match([differing(hash, 32)]) is None
        # Of all that differ, what only the second half shows.
        assert await listed.match([f"{int(hash, 16) ^ 2**32 - 1:064x}"]) is None
    assert await listed.match([differing(hash, 3) for hash in reversed(hashes)]) == "It is 0."


async def test_what_others_change_is_known_at_once(db: Database) -> None:
    listed, hash = Banned(db), some()
    assert await listed.match([hash]) is None
    await Banned(db).add(hash, "No.")
    assert await listed.match([hash]) == "No."
    await Banned(db).add(hash, "Still no.")
    assert await listed.match([hash]) == "Still no."
    await db.execute("DELETE FROM banned_pictures")
    assert await listed.match([hash]) is None
    await Banned(db).add(hash, "Again.")
    assert await listed.match([hash]) == "Again."


async def test_what_is_committed_after_its_successor_is_known(db: Database) -> None:
    listed, first, second = Banned(db), some(), some()
    async with db.acquire() as connection:
        async with connection.transaction():
            await Banned(connection).add(first, "First.")
            await Banned(db).add(second, "Second.")
            assert await listed.match([second]) == "Second."
            assert await listed.match([first]) is None
        assert await listed.match([first]) == "First."


async def test_an_old_list_is_read_once_and_in_pages(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(banned, "_PAGE", 100)
    monkeypatch.setattr(banned, "_BLOCK", 64)
    hashes = [some() for _ in range(250)]
    await db.execute(
        """
        INSERT INTO banned_pictures (id, hash, reason, created_at)
        SELECT n, ('x' || hash)::bit(256), n::text, now() FROM unnest($1::text[]) WITH ORDINALITY AS t(hash, n)
        """,
        hashes,
    )
    listed = Banned(db)
    for n in (1, 100, 101, 250):
        assert await listed.match([differing(hashes[n - 1], 20)]) == str(n)
    assert listed._settled == 250
    await listed.add(late := some(), "Late.")
    for _ in range(2):
        assert await listed.match([late]) == "Late."
        assert await listed.match([hashes[249]]) == "250"
    assert (listed._settled, listed._ids.size) == (250, 251)
