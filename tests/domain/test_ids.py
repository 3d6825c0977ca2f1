"""Ids are unique however fast they are made, and say where and when."""

import asyncio
import time
from concurrent.futures import ProcessPoolExecutor

import asyncpg
import pytest

from kit import ids
from kit.errors import BadUserInput

PROCESSES, EACH = 8, 125_000
EPOCH_MS = 1_767_225_600_000


def mint(url: str) -> list[int]:
    async def many() -> list[int]:
        connection = await asyncpg.connect(url)
        made = await connection.fetch("SELECT next_id(7) AS id FROM generate_series(1, $1)", EACH, timeout=120)
        await connection.close()
        return [row["id"] for row in made]

    return asyncio.run(many())


async def test_a_million_from_eight_processes(database: str) -> None:
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(PROCESSES) as pool:
        made = await asyncio.gather(*(loop.run_in_executor(pool, mint, database) for _ in range(PROCESSES)))
    everything = [id for some in made for id in some]
    assert len(set(everything)) == PROCESSES * EACH
    assert {ids.shard_of(id) for id in everything} == {7}
    assert all(some == sorted(some) for some in made)
    assert 0 < max(everything) < 2**63


async def test_an_id_tells_its_time_and_shard(database: str) -> None:
    connection = await asyncpg.connect(database)
    for shard in (0, 1, 4095):
        before = time.time() * 1000
        id = await connection.fetchval("SELECT next_id($1)", shard)
        assert ids.shard_of(id) == shard
        # The sequence may lag by 2 ms, and runs ahead for as long as more than 1,024 were made in a millisecond.
        assert before - 10 < (id >> 22) + EPOCH_MS < before + 2_000
    await connection.close()


def test_the_opaque_form() -> None:
    text = ids.encode(2, 2**63 - 1)
    assert len(text) == 12
    assert ids.decode(text) == (2, 2**63 - 1)


@pytest.mark.parametrize(
    "text", ["", "zzz", "AgAAAAAAAAAB=", "AgAAAAAAAAA\u00e9", " AgAAAAAAAAAB", "Av__________", "A" * 5000]
)
def test_what_is_no_id(text: str) -> None:
    with pytest.raises(BadUserInput):
        ids.decode(text)
