"""Our own server as users start it, on a small world in PostgreSQL and Valkey, and PostGraphile on the same tables."""

import asyncio
import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

import config
from bench import seed
from bench.feed import asks, warm, web
from bench.load import Ask, Load, request
from bench.peers.alone import BY_TEXT
from bench.readers import BY_HASH, QUERY, leaves, token
from bench.rivals import Rival
from config import Settings
from embedded import node
from embedded.process import Process, answers, free_port
from embedded.stack import Stack
from kit import ids
from kit.execution.manifest import write
from migrations.__main__ import apply

POSTGRAPHILE = "PostGraphile"
_HERE = Path(__file__).parent
_FOLLOWS = 300


@dataclass(frozen=True)
class Real:
    """The servers that run, what ours answers, how many leaves that has, and why PostGraphile is not there."""

    rivals: list[Rival]
    answer: bytes
    leaves: int
    missing: str | None


@contextlib.contextmanager
def started(
    folder: Path, load: Load, executors: Mapping[str, Mapping[str, str]], people: int, posts: int
) -> Iterator[Real]:
    """All servers on one world, during the block, for a reader whose feed is cached."""
    stack = Stack(folder / "stack", msgspec.structs.replace(config.Settings(), port=free_port()))
    stack.start()
    try:
        asyncio.run(apply(str(stack.settings.database_url)))
        made = asyncio.run(seed.seed(str(stack.settings.database_url), people=people, posts=posts))
        reader = made.readers[_FOLLOWS][0]
        assert stack.postgres is not None
        assert stack.valkey is not None
        besides = {"PostgreSQL": stack.postgres.process.pid, "Valkey": stack.valkey.process.pid}
        with contextlib.ExitStack() as servers:
            rivals = []
            manifest = folder / "documents.json"
            manifest.write_text(write([QUERY]))
            for number, (name, environ) in enumerate(executors.items()):
                settings = msgspec.structs.replace(stack.settings, port=free_port(), documents=str(manifest))
                process = servers.enter_context(web(f"web-{number}", settings, folder / "logs", environ))
                asked = [request(settings.port, token(settings, reader), BY_HASH)]
                rivals.append(Rival(name, process.pid, asked, besides))
                if number == 0:
                    rivals.append(Rival(BY_TEXT, process.pid, asks(settings, [reader]), besides))
            for rival in rivals:
                asyncio.run(warm(load, rival.asks))
            [answer] = asyncio.run(load.answers(rivals[0].asks))
            page = json.loads(answer)["data"]["feed"]
            assert len(page["nodes"]) == 20, "a page is short"
            missing = None
            try:
                process, asked = _postgraphile(stack.settings, folder, reader, page)
                servers.callback(process.stop)
                rivals.append(Rival(POSTGRAPHILE, process.pid, asked, {"PostgreSQL": besides["PostgreSQL"]}))
                _same_size(page, asyncio.run(load.answers(asked))[0])
            except node.NoNode as error:
                missing = str(error)
            yield Real(rivals, answer, leaves(page), missing)
    finally:
        stack.stop()


def _postgraphile(settings: Settings, folder: Path, reader: int, page: Any) -> tuple[Process, Sequence[Ask]]:
    """PostGraphile over views of our tables; it is told which posts are on the reader's page."""
    packages = node.installed(_HERE)
    asyncio.run(_add_views(str(settings.database_url), str(settings.media_url)))
    port = free_port()
    environ = {
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "PEER_PORT": str(port),
        "PEER_DATABASE": str(settings.database_url),
    }
    process = Process(
        POSTGRAPHILE,
        lambda: [str(node.node(packages)), "postgraphile.mjs"],
        folder / "logs" / "web-postgraphile.log",
        environ=environ,
        folder=packages,
        patience=2,
    )
    process.start()
    process.wait_until(lambda: answers(port), 60)
    parameters = {
        "query": (_HERE / "postgraphile.graphql").read_text(),
        "variables": {"ids": [str(ids.decode(post["id"])[1]) for post in page["nodes"]]},
    }
    return process, [request(port, str(reader), parameters)]


async def _add_views(url: str, media_url: str) -> None:
    db = await asyncpg.connect(url)
    try:
        await db.execute((_HERE / "postgraphile.sql").read_text().replace("MEDIA_URL", media_url))
        await db.execute("ANALYZE")
    finally:
        await db.close()


def _same_size(page: Any, answer: bytes) -> None:
    """Assert that what PostGraphile sends has as many leaves as ours, give or take 2 %."""
    theirs = leaves(json.loads(answer)["data"]["feed"])
    assert abs(theirs - leaves(page)) <= leaves(page) * 0.02, f"{theirs} leaves, not {leaves(page)}"
