"""Live channels continue after Valkey was away, and tell streams that missed something."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from broadcaster import Broadcast

from clients import broadcast
from clients.shards import Shards
from tests.support.hub import next_message
from tests.workers.conftest import Cluster


@pytest.fixture
async def hub(cluster: Cluster) -> AsyncIterator[Broadcast]:
    shards = Shards(str(cluster.stack.settings.redis_url))
    async with broadcast.connect(shards) as made:
        yield made
    await shards.close()


async def test_everybody_on_a_channel_hears(hub: Broadcast) -> None:
    async with hub.subscribe("a") as one, hub.subscribe("a") as two, hub.subscribe("b") as other:
        await hub.publish("a", "1")
        assert [await next_message(one), await next_message(two)] == ["1", "1"]
        await hub.publish("b", "2")
        assert await next_message(other) == "2"
    async with hub.subscribe("a") as again:
        await hub.publish("a", "3")
        assert await next_message(again) == "3"


async def test_valkey_comes_back(hub: Broadcast, cluster: Cluster) -> None:
    async with hub.subscribe("a") as one, hub.subscribe("b") as other:
        await asyncio.to_thread(cluster.restart_valkey)
        assert [await next_message(one), await next_message(other)] == [broadcast.GAP, broadcast.GAP]
        await hub.publish("a", "after")
        assert await next_message(one) == "after"


async def test_a_slow_listener_is_told_what_it_missed_and_slows_nobody(hub: Broadcast) -> None:
    async with hub.subscribe("a") as slow, hub.subscribe("a") as quick:
        for n in range(broadcast.QUEUE + 5):
            await hub.publish("a", str(n))
            assert await next_message(quick) == str(n)
        assert await next_message(slow) == broadcast.GAP
        assert [await next_message(slow) for _ in range(4)] == [str(broadcast.QUEUE + n) for n in range(1, 5)]
