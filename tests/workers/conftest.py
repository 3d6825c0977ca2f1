"""A stack of these tests' own: they can kill its parts without disturbing other tests."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvicorn

import app
import config
from clients import redis
from domain.outbox import COUNTS, EVENTS
from embedded.process import free_port
from embedded.stack import Stack, environment
from migrations.__main__ import apply
from tests.conftest import LIMITS
from tests.support.client import Person, until
from tests.support.opaque_ids import number
from tests.workers.prefork import Forked, Prefork
from workers.parts import Parts, connect

ROOT = Path(__file__).parents[2]


class Cluster:
    """A stack, an API in this process, and workers as processes that a test starts, strikes and starts again."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.folder = folder
        self.parts: Parts
        self._prefork = Prefork()
        self._workers: Forked | None = None
        self._struck = folder / "struck"

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.stack.settings.port}"

    def start_workers(
        self, point: str = "", sign: str = "SIGKILL", only: tuple[str, ...] = (), **settings: Any
    ) -> None:
        """All workers, or those named, in one process, to be struck when they first reach `point`."""
        self._struck.unlink(missing_ok=True)
        extra = {"HELIOGRAPH_KILL_POINT": f"{point}:{sign}:{self._struck}"} if point else {}
        environ = environment(msgspec.structs.replace(self.stack.settings, **settings)) | extra
        self._workers = self._prefork.start(only, environ, self.folder / "workers.log")

    async def struck(self) -> None:
        """Wait until the workers have reached their point."""

        async def look() -> bool:
            return self._struck.exists()

        await until(look, bool, 60)  # a video takes 10 s, on a machine with nothing else to do

    async def killed(self) -> None:
        """Wait until the workers have died at their point."""
        await self.struck()
        assert self._workers is not None
        assert await asyncio.to_thread(self._workers.wait, 10) == -signal.SIGKILL

    def go_on(self) -> None:
        """Let workers that were stopped by SIGSTOP go on."""
        assert self._workers is not None
        self._workers.send_signal(signal.SIGCONT)

    def stop_workers(self) -> None:
        if self._workers is not None and self._workers.poll() is None:
            self._workers.kill()
            self._workers.wait(10)

    def close(self) -> None:
        self.stop_workers()
        self._prefork.close()

    async def forget_the_dead(self) -> None:
        """What a dead worker held is free at once, as it would be after half a minute."""
        await self.parts.db.execute("UPDATE uploads SET claimed_until = now() WHERE claimed_until IS NOT NULL")
        for stream, group in ((EVENTS, "fanout"), (EVENTS, "index"), (COUNTS, "counters")):
            with contextlib.suppress(redis.ResponseError):
                for entry in await self.parts.redis.xpending_range(stream, group, "-", "+", 10_000):
                    await self.parts.redis.xclaim(
                        stream, group, "nobody", 0, [entry["message_id"]], idle=60_000, justid=True
                    )

    def valkey_log(self) -> Path:
        """The file Valkey writes what it was told to."""
        assert self.stack.valkey is not None
        [log] = (self.stack.valkey.directory / "appendonlydir").glob("*.incr.aof")
        return log

    def restart_valkey(self, *, keep: int | None = None, lose_data: bool = False) -> None:
        """Kill Valkey and start it again on its port; it has kept `keep` bytes of its log, all, or nothing."""
        valkey = self.stack.valkey
        assert valkey is not None
        valkey.process.kill()
        if keep is not None:
            os.truncate(self.valkey_log(), keep)
        if lose_data:
            shutil.rmtree(valkey.directory)
        valkey.start()
        valkey.wait()

    async def crowd(self, author_id: int, count: int) -> None:
        """`count` more followers, who never come to read."""
        await self.parts.db.execute(
            """
            INSERT INTO relations (id, from_id, to_id, kind)
            SELECT next_id(0), next_id(0), $1, 1 FROM generate_series(1, $2)
            """,
            author_id,
            count,
        )

    async def cached(self, reader: Person) -> list[int]:
        """The posts in the reader's cached feed, newest first; floor and the like are left out."""
        members = await self.parts.redis.zrange(f"feed:{{{number(reader.id)}}}", 0, -1, desc=True)
        return [int(member) for member in members if member.isdigit()]


@pytest.fixture(scope="session")
async def cluster() -> AsyncIterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="heliograph-cluster-"))
    settings = msgspec.structs.replace(config.Settings(), port=free_port(), limits=LIMITS)
    stack = Stack(folder, settings)
    stack.start()
    made = Cluster(stack, folder)
    await apply(str(stack.settings.database_url))
    server = uvicorn.Server(uvicorn.Config(app.create(stack.settings), port=stack.settings.port, log_level="error"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    async with connect(stack.settings) as made.parts:
        yield made
    made.close()
    server.should_exit = True
    await serving
    stack.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def idle_cluster(cluster: Cluster) -> AsyncIterator[Cluster]:
    """The cluster with no workers running, before and after."""
    cluster.stop_workers()
    yield cluster
    cluster.stop_workers()
