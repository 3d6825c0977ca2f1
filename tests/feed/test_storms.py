"""Whatever happens to people and machines, in whatever order: after quiet every feed is what the database says.

The sets hold six posts and pull one author, three followers make an author pulled, and stretches are a few readers
long, so that small towns meet what befalls large ones.
"""

import pytest

from clients.postgres import Database
from clients.redis import Redis
from tests.feed.storm import Town

HISTORIES = 150
BLOCK = 50


@pytest.mark.parametrize("block", range(0, HISTORIES, BLOCK))
async def test_after_quiet_every_feed_is_its_definition(db: Database, valkey: Redis, block: int) -> None:
    for seed in range(block, block + BLOCK):
        town = Town(db, valkey, seed)
        try:
            await town.begin()
            await town.storm(12)
            await town.quiet()
            await town.check()
        except AssertionError as error:
            raise AssertionError(f"town {seed}: {' '.join(town.log)}") from error
        finally:
            await town.background.close()
