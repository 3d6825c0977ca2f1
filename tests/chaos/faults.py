"""What goes wrong: each fault strikes, lasts for a bounded time and is mended; the supervisor starts what has ended."""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from embedded.process import free_port, is_ready
from tests.chaos.cluster import ROOT, WEBS, Cluster
from tests.chaos.poison import Poison

STORES = ("postgres", "valkey", "seaweedfs", "search")
TABLES = ("users", "posts", "relations", "likes", "messages", "conversations", "outbox", "uploads", "sessions")
SKEW_S = 3600
SKEWED_START_S = 120.0
"""Importing a web process takes 3 s, and ten times as long on a machine that is busy."""
LONG_HANG_S = 90.0
"""A part that hangs for so long is restarted by the supervisor before."""


@dataclass(frozen=True)
class Fault:
    """`kind` strikes `target` and lasts for `seconds`, where it lasts at all."""

    kind: str
    target: str
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.kind} {self.target}" + (f" for {self.seconds:.0f} s" if self.seconds else "")


KINDS: dict[str, tuple[Sequence[str], tuple[float, float]]] = {
    "kill": (("workers", *WEBS, *STORES), (0, 0)),
    "hang": (("workers", *WEBS, *STORES), (3, 12)),
    "hang long": (STORES, (LONG_HANG_S, LONG_HANG_S)),
    "away": (STORES, (20, 40)),
    "wipe": (("valkey",), (0, 0)),
    "set back": (("valkey",), (0, 0)),
    "fill disk": (STORES, (8, 20)),
    "lock": (TABLES, (5, 15)),
    "skew": (("clock",), (0, 0)),
    "poison": (("queues",), (0, 0)),
}
"""By kind: what it may strike, and for how long."""
WEIGHTS = {
    "kill": 6,
    "hang": 5,
    "hang long": 1,
    "away": 4,
    "wipe": 3,
    "set back": 2,
    "fill disk": 4,
    "lock": 3,
    "skew": 1,
    "poison": 2,
}
TWO_AT_ONCE = 0.2
ALONE = {"skew", "poison"}
"""They need all parts to show what they are to show."""

PART = (
    (Fault("kill", "workers"),),
    (Fault("poison", "queues"),),
    (Fault("wipe", "valkey"),),
    (Fault("hang", "web 1", 2), Fault("kill", "seaweedfs")),
    (Fault("hang", "postgres", 2),),
    (Fault("fill disk", "valkey", 3),),
    (Fault("lock", "posts", 2),),
)
"""The faults of the part that runs with all tests."""


def draw(chance: random.Random, kinds: Sequence[str]) -> tuple[Fault, ...]:
    """One fault, or two of different targets."""
    found = [_draw_one(chance, kinds)]
    if chance.random() < TWO_AT_ONCE:
        other = _draw_one(chance, kinds)
        if other.target != found[0].target and not {other.kind, found[0].kind} & ALONE:
            found.append(other)
    return tuple(found)


def _draw_one(chance: random.Random, kinds: Sequence[str]) -> Fault:
    [kind] = chance.choices(kinds, [WEIGHTS[each] for each in kinds])
    targets, (shortest, longest) = KINDS[kind]
    return Fault(kind, chance.choice(targets), round(chance.uniform(shortest, longest), 1))


class Violated(Exception):
    """A fault had an effect that it must not have."""


class Striker:
    """Does faults to a cluster. Each method returns when the fault has ended; the part may still be starting then."""

    def __init__(self, cluster: Cluster, poison: Poison) -> None:
        self._cluster = cluster
        self._poison = poison

    async def strike(self, fault: Fault) -> None:
        """Raises Violated."""
        target, seconds = fault.target, fault.seconds
        match fault.kind:
            case "kill":
                await asyncio.to_thread(self._cluster.processes[target].kill)
            case "hang" | "hang long":
                await self._hang(target, seconds)
            case "away":
                with self._cluster.held(target):
                    await asyncio.to_thread(self._cluster.processes[target].kill)
                    await asyncio.sleep(seconds)
            case "wipe" | "set back":
                await self._lose(is_all=fault.kind == "wipe")
            case "fill disk":
                disk = self._cluster.disks[target]
                await asyncio.to_thread(disk.fill)
                await asyncio.sleep(seconds)
                disk.empty()
            case "lock":
                await self._lock(target, seconds)
            case "skew":
                await self._skew()
            case "poison":
                await self._poison.put()

    async def _hang(self, name: str, seconds: float) -> None:
        """Stop a part; where it is restarted meanwhile, that is the end of it."""
        process = self._cluster.processes[name]
        pid, ends = process.pid, time.monotonic() + seconds
        self._cluster.send(name, signal.SIGSTOP)
        while time.monotonic() < ends and process.pid == pid and process.running:
            await asyncio.sleep(0.2)
        self._cluster.send(name, signal.SIGCONT)
        if seconds >= LONG_HANG_S and time.monotonic() >= ends:
            raise Violated(f"{name} hung for {seconds:.0f} s and was not restarted")

    async def _lose(self, *, is_all: bool) -> None:
        """Valkey comes back without its data, or without the last of it."""
        cluster = self._cluster
        with cluster.held("valkey"):
            await asyncio.to_thread(cluster.processes["valkey"].kill)
            if is_all:
                await asyncio.to_thread(cluster.clear, "valkey")
                return
            [log] = (cluster.folder / "valkey" / "appendonlydir").glob("*.incr.aof")
            os.truncate(log, max(log.stat().st_size - 20_000, 0))

    async def _lock(self, table: str, seconds: float) -> None:
        """Nobody else can use the table."""
        connection = None
        try:
            connection = await asyncpg.connect(str(self._cluster.settings.database_url), timeout=10)
            async with connection.transaction():
                await connection.execute("SET LOCAL transaction_timeout = 0")
                await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE", timeout=30)
                await asyncio.sleep(seconds)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            pass  # another fault struck PostgreSQL before or meanwhile
        finally:
            if connection is not None:
                connection.terminate()

    async def _skew(self) -> None:
        """A web process whose clock is wrong must end with a reason, and not serve."""
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chaos.skewed", str(SKEW_S), str(port)),
            cwd=ROOT,
            env={**os.environ, **self._cluster.environ},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        saying = asyncio.create_task(process.communicate())
        try:
            async with asyncio.timeout(SKEWED_START_S):
                while not saying.done():
                    if await asyncio.to_thread(is_ready, port, "/readyz"):
                        raise Violated("a web process whose clock is an hour wrong serves")
                    await asyncio.wait([saying], timeout=0.5)
        except TimeoutError:
            raise Violated("a web process whose clock is an hour wrong neither serves nor ends") from None
        finally:
            if process.returncode is None:
                process.kill()
            said = (await saying)[1].decode(errors="replace")
        if not process.returncode or "s ahead of that of PostgreSQL" not in said:
            raise Violated(f"a web process whose clock is an hour wrong ended with {process.returncode}: {said}")
