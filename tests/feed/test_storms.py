"""Whatever happens to people and machines, in whatever order: after quiet every feed is what the database says.

The sets hold six posts and pull one author, three followers make an author pulled, and stretches are a few readers
long, so that small simulations reach the states of large networks.
"""

import pytest

from clients.postgres import Database
from clients.redis import Redis
from tests.feed.storm import FeedSimulation

HISTORIES = 150
BLOCK = 50


@pytest.mark.parametrize("block", range(0, HISTORIES, BLOCK))
async def test_after_quiet_every_feed_is_its_definition(db: Database, valkey: Redis, block: int) -> None:
    for seed in range(block, block + BLOCK):
        simulation = FeedSimulation(db, valkey, seed)
        try:
            await simulation.begin()
            await simulation.storm(12)
            await simulation.quiet()
            await simulation.check()
        except AssertionError as error:
            raise AssertionError(f"simulation {seed}: {' '.join(simulation.log)}") from error
        finally:
            await simulation.background.close()
