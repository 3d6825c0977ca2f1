"""`python -m bench.edge`: thumbnails and segments of videos from the edge of docs/operations, beside the origin itself.

Some are asked for far more often than others (Zipf's law). Of an empty cache it prints how many answers came from it;
of one that is warm, bytes a second and what the servers' processor time gives, in rounds that take turns.
"""

import argparse
import asyncio
import hashlib
import os
import secrets
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import msgspec
import numpy as np

import config
from bench.cpu import spent
from bench.load import Ask, Load
from clients import postgres, s3
from clients.postgres import Database
from clients.s3 import Bucket
from domain.media.storage import A_DAY, MEDIA
from embedded.nginx import MISSING, Nginx
from embedded.process import Process, free_port, is_ready
from embedded.stack import Stack, environment
from migrations.__main__ import apply

ROOT = Path(__file__).parents[1]
CLIENTS = 16
ASKED = 20_000
SECONDS = 2.0
PUTS = 16


@dataclass(frozen=True)
class Kind:
    """So many objects of about this size in bytes."""

    name: str
    extension: str
    count: int
    byte_size: int


KINDS = (Kind("thumbnails", "jpg", 2000, 12_000), Kind("segments", "m4s", 150, 1_000_000))


async def store(db: Database, bucket: Bucket, kind: Kind, folder: Path) -> list[tuple[str, int]]:
    """Put the objects of a kind there, as if each were of a post; path and size of each."""
    random = np.random.default_rng(1)
    sizes = (kind.byte_size * random.lognormal(0, 0.4, kind.count)).astype(int).tolist()
    made: list[tuple[str, int]] = []

    async def put(number: int) -> None:
        for size in sizes[number::PUTS]:
            content = os.urandom(size)
            path = f"{secrets.token_hex(16)}/{hashlib.sha256(content).hexdigest()}.{kind.extension}"
            file = folder / str(number)
            file.write_bytes(content)
            await bucket.put(MEDIA + path, file, "application/octet-stream", A_DAY)
            made.append((path, size))

    await asyncio.gather(*(put(number) for number in range(PUTS)))
    await db.execute(
        """
        WITH owner AS (
            INSERT INTO users (id, username, email, display_name, password_hash, birth_date, created_at)
            SELECT next_id(0), $1, $1, '', '', '1990-01-01', now() RETURNING id
        )
        INSERT INTO uploads (id, owner_id, kind, content_type, byte_size, token, status, progress, attempt, used,
                             created_at, expires_at)
        SELECT next_id(0), owner.id, 'PHOTO', 'image/jpeg', 1, token, 'READY', 1, 0, true, now(), now()
        FROM owner, unnest($2::text[]) AS token
        """,
        kind.name,
        [path.split("/")[0] for path, _ in made],
    )
    return made


def chosen(objects: Sequence[tuple[str, int]], count: int) -> list[tuple[str, int]]:
    """So many of them, the n-th asked for 1/n as often as the first."""
    weights = 1 / np.arange(1, len(objects) + 1)
    picked = np.random.default_rng(2).choice(len(objects), count, p=weights / weights.sum())
    return [objects[number] for number in picked]


def asks(port: int, objects: Sequence[tuple[str, int]]) -> list[Ask]:
    """A GET of each of these."""
    return [Ask(port, f"GET /media/{path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()) for path, _ in objects]


class EdgeStack:
    """The parts, one web process, and an edge in front of it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        settings = msgspec.structs.replace(config.Settings(), port=self.port)
        self.stack = Stack(folder / "parts", settings, durable=False)
        (folder / "edge").mkdir()
        self.edge = Nginx(folder / "edge")
        command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(self.port), "--log-level", "warning"]
        environ = environment(self.stack.settings)
        self.web = Process("The API", lambda: command, folder / "api.log", environ=environ, folder=ROOT)

    def start(self) -> None:
        """Start the parts."""
        self.stack.start()

    def open(self) -> None:
        """Start the web process, whose tables are there by now, and the edge."""
        self.web.start()
        self.web.wait_until(lambda: is_ready(self.port, "/readyz"), 60)
        self.edge.start(self.port)

    def worked(self, way: str) -> float:
        """Seconds of processor time so far, of the processes that answer this way when the cache is warm."""
        if way == "edge":
            return spent(self.edge.process.pid)
        assert self.stack.seaweedfs is not None
        return spent(self.web.pid) + spent(self.stack.seaweedfs.process.pid)

    def stop(self) -> None:
        """Stop all of it."""
        self.edge.process.stop()
        self.web.stop()
        self.stack.stop()


async def compare(
    load: Load, kind: Kind, objects: list[tuple[str, int]], edge_stack: EdgeStack, given: argparse.Namespace
) -> None:
    """Print what the edge does of a cold cache, then bytes a second of the edge over those of the origin."""
    sequence = chosen(objects, ASKED)
    asked = {"edge": asks(edge_stack.edge.port, sequence), "origin": asks(edge_stack.port, sequence)}
    before = len(edge_stack.edge.statuses)
    cold = await load.counted(asked["edge"], CLIENTS, given.seconds * 2)
    found = edge_stack.edge.statuses[before:]
    print(
        f"{kind.name}: {kind.count:,} of {sum(size for _, size in objects) / kind.count / 1000:,.0f} KB, Zipf;"
        f" of the first {cold:,} requests to an empty cache {found.count('HIT') / len(found):.1%} were hits"
    )
    await load.answers(asks(edge_stack.edge.port, objects))
    rates: dict[str, list[float]] = {"edge": [], "origin": []}
    works: dict[str, list[float]] = {"edge": [], "origin": []}
    for number in range(given.rounds):
        for way in sorted(rates, reverse=bool(number % 2)):
            worked, began = edge_stack.worked(way), time.perf_counter()
            answered = await load.counted(asked[way], CLIENTS, given.seconds)
            sent = sum(size for _, size in islice(cycle(sequence), answered))
            rates[way].append(sent / (time.perf_counter() - began))
            works[way].append(sent / (edge_stack.worked(way) - worked))
    for what, each in (("bytes a second", rates), ("bytes a second of the servers' processor time", works)):
        ratios = [edge / origin for edge, origin in zip(each["edge"], each["origin"], strict=True)]
        edge, origin = (statistics.median(each[way]) / 1e6 for way in ("edge", "origin"))
        print(
            f"  {what}, edge / origin: {statistics.median(ratios):.1f} (rounds {min(ratios):.1f} to {max(ratios):.1f});"
            f" {edge:,.0f} and {origin:,.0f} MB"
        )


async def main(given: argparse.Namespace, edge_stack: EdgeStack, folder: Path) -> None:
    """Put objects, and compare."""
    settings = edge_stack.stack.settings
    await apply(str(settings.database_url))
    edge_stack.open()
    access = (settings.s3_region, str(settings.s3_access_key), str(settings.s3_secret_key), settings.s3_bucket)
    load = Load()
    async with (
        s3.connect(str(settings.s3_endpoint), *access) as bucket,
        await postgres.connect(str(settings.database_url), size=1) as db,
    ):
        for kind in KINDS:
            await compare(load, kind, await store(db, bucket, kind, folder), edge_stack, given)
    load.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.edge", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args()
    if MISSING is not None:
        sys.exit(f"{MISSING[0].upper()}{MISSING[1:]}.")
    folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
    edge_stack = EdgeStack(folder)
    try:
        edge_stack.start()
        asyncio.run(main(given, edge_stack, folder))
    finally:
        edge_stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
