"""The home feed: what a page costs readers of all kinds, what a post costs its author's followers, how long one waits.

`python -m bench.feed [--people N] [--posts N] [--few N]`: a seeded world on real parts, web processes and workers as a
user starts them, all of it on one machine with the client.
"""

import argparse
import asyncio
import contextlib
import json
import math
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path

import asyncpg
import msgspec

import config
from bench import fanout, seed, world
from bench.limits import UNLIMITED
from bench.load import Ask, Load, ask
from bench.logs import printed_on_failure
from bench.publish import publish
from bench.readers import QUERY, leaves, token
from bench.world import People
from clients.redis import Redis, ResponseError
from config import Settings
from embedded.process import Process, free_port, is_ready
from embedded.stack import Stack, environment
from kit import clock
from migrations.__main__ import apply
from workers.parts import Parts, connect

ROOT = Path(__file__).parents[1]
ROUNDS = 120
CLIENTS = (1, 2, 4, 8, 16)
CLOSED_SECONDS = 4
OPEN_SECONDS = 12
OPEN_ROUNDS = 3
PART = 0.7  # of saturation
READERS = 100
POSTS_A_SECOND = 2
GOAL_MS = 200


async def flat(load: Load, few: Settings, many: Settings, made: People) -> None:
    """A warm page for those who follow few and many, and among few posts and many, one request after the other."""
    some, more, most = ((f"who follows {follows:,}", asks(many, who)) for follows, who in made.readers.items())
    ratios = await in_turns(load, dict((some, more, most)))
    for name, ratio in list(ratios.items())[1:]:
        print(f"a warm page of {name} / of {some[0]}: {ratio:.2f} (goal 1.3)")
    # Each process is asked as often as the other: an idle process is slower at first.
    named = {"few posts": asks(few, made.readers[300]), "many posts": more[1]}
    ratios = await in_turns(load, named)
    print(f"a warm page among {' / among '.join(reversed(ratios))}: {ratios['many posts']:.2f} (goal 1.3)")


async def in_turns(load: Load, asked: dict[str, list[Ask]]) -> dict[str, float]:
    """The p50 of each over that of the first."""
    await warm(load, [each for some in asked.values() for each in some])
    sizes = {}
    for name, some in asked.items():
        pages = [json.loads(answer)["data"]["feed"] for answer in await load.answers(some)]
        assert all(len(page["nodes"]) == 20 for page in pages), f"{name}: a page is short"
        sizes[name] = statistics.mean(map(leaves, pages))
    took = {name: statistics.median(each) for name, each in (await load.in_turns(asked, ROUNDS)).items()}
    for name, seconds in took.items():
        print(f"  {name}: p50 {seconds * 1000:.0f} ms, {sizes[name]:,.0f} leaves")
    return {name: seconds / next(iter(took.values())) for name, seconds in took.items()}


async def counted(load: Load, settings: Settings, reader: int) -> None:
    """Statements and commands that a warm page is made of, by what the servers say. Nobody else may be at work."""
    some = asks(settings, [reader])
    await warm(load, some)
    async with connect(settings) as parts:
        before = await statements(settings), await commands(parts.redis)
        await load.answers(some * 50)
        after = await statements(settings), await commands(parts.redis)
    sent = {name: round((after[1][name] - before[1].get(name, 0)) / 50, 1) for name in after[1]}
    named = ", ".join(f"{name} {count:g}" for name, count in sorted(sent.items(), key=lambda item: -item[1]) if count)
    print(f"  a warm page: {(after[0] - before[0]) / 50:.1f} SQL statements; Redis commands: {named}")


async def statements(settings: Settings) -> int:
    """Transactions so far in this database: each statement of a page is one."""
    await asyncio.sleep(11)  # an idle connection reports after ten seconds
    url, _, name = str(settings.database_url).rpartition("/")
    db = await asyncpg.connect(f"{url}/postgres")
    try:
        return int(await db.fetchval("SELECT xact_commit FROM pg_stat_database WHERE datname = $1", name))
    finally:
        await db.close()


async def commands(redis: Redis) -> dict[str, int]:
    """Commands so far, by name; those inside scripts too."""
    found = await redis.info("commandstats")
    return {name.removeprefix("cmdstat_"): each["calls"] for name, each in found.items() if name != "cmdstat_info"}


async def waits(load: Load, parts: Parts, made: People) -> None:
    """How long a page takes at 70 % of what can be answered at most, while posts are published."""
    chosen = random.Random(1).sample(made.ids.tolist(), min(READERS, made.count))
    chosen += [reader for some in made.readers.values() for reader in some]
    # They got feeds that are not theirs when these were pushed to.
    keys = [key async for key in parts.redis.scan_iter("feed:*", count=10_000)]
    chosen_keys = [key for key in keys if any(str(reader).encode() in key for reader in chosen)]
    await parts.redis.unlink(*chosen_keys)
    asked = asks(parts.settings, chosen)
    await idle(parts)
    await warm(load, asked)
    found: dict[int, list[float]] = {clients: [] for clients in CLIENTS}
    for clients in (*CLIENTS, *reversed(CLIENTS)):
        found[clients].append(await load.closed(asked, clients, CLOSED_SECONDS))
    rates = {clients: statistics.mean(each) for clients, each in found.items()}
    print("  pages/s by clients: " + ", ".join(f"{clients}: {rate:.1f}" for clients, rate in rates.items()))
    best = max(rates, key=lambda clients: rates[clients])
    p99s = []
    for _ in range(OPEN_ROUNDS):
        # The saturation is measured again: the load of the machine may have changed.
        rate = await load.closed(asked, best, CLOSED_SECONDS) * PART
        async with publishing(parts, made) as published:
            took = sorted(await load.arriving(asked, rate, OPEN_SECONDS))
        p50, p99 = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
        p99s.append(p99 / GOAL_MS)
        print(
            f"  p50 {p50:.0f} ms, p99 {p99:.0f} ms: {rate:.1f} pages/s, {took.count(math.inf)} of {len(took)} failed,"
            f" {len(published)} posts published meanwhile"
        )
    print(
        f"a page at {PART:.0%} of saturation, p99 / {GOAL_MS} ms: {statistics.median(p99s):.2f}"
        f" (rounds {min(p99s):.2f} to {max(p99s):.2f}; goal 1)"
    )


async def idle(parts: Parts) -> None:
    """Until the workers have done what is there to do."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        unsent = await parts.db.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
        with contextlib.suppress(ResponseError):  # there is no stream yet
            groups = await parts.redis.xinfo_groups("events")
            if not unsent and groups and all(not group["pending"] and not group["lag"] for group in groups):
                return
        await asyncio.sleep(0.2)
    raise TimeoutError("The workers have not come to rest within a minute.")


@contextlib.asynccontextmanager
async def publishing(parts: Parts, made: People) -> AsyncIterator[list[int]]:
    """Posts by all kinds of people during the block, and one by the author with the most followers."""
    authors = random.Random(2)
    posts: list[int] = []

    async def publish_all() -> None:
        while True:
            await asyncio.sleep(1 / POSTS_A_SECOND)
            star = len(posts) == POSTS_A_SECOND * OPEN_SECONDS // 3
            posts.append(await publish(parts.db, made.star if star else int(authors.choice(made.ids))))

    task = asyncio.create_task(publish_all())
    try:
        yield posts
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def asks(settings: Settings, readers: Sequence[int]) -> list[Ask]:
    """The first page of each reader's feed."""
    return [ask(settings.port, token(settings, reader), QUERY) for reader in readers]


async def warm(load: Load, some: Sequence[Ask]) -> None:
    """Have the feeds of those who ask cached: it is done after they were answered."""
    await load.answers(some)
    await asyncio.sleep(2)
    await load.answers(some)


async def worlds(few: Settings, many: Settings, given: argparse.Namespace) -> People:
    """The same people in two databases, in one of which there are many posts."""
    url, _, name = str(many.database_url).rpartition("/")
    await apply(str(many.database_url))
    made = world.people(given.people, 1, clock.now())
    await seed.add_people(str(many.database_url), made)
    db = await asyncpg.connect(f"{url}/postgres")
    await db.execute(f"CREATE DATABASE {str(few.database_url).rpartition('/')[2]} TEMPLATE {name} STRATEGY file_copy")
    await db.close()
    await seed.add_posts(str(few.database_url), made, given.few)
    await seed.add_posts(str(many.database_url), made, given.posts)
    return made


@contextlib.contextmanager
def started(
    name: str, settings: Settings, logs: Path, *command: str, environ: Mapping[str, str] | None = None
) -> Iterator[Process]:
    """`python -m command` with these settings and what `environ` adds to them, during the block."""
    process = Process(
        name,
        lambda: [sys.executable, "-m", *command],
        logs / f"{name}.log",
        environ=environment(settings) | dict(environ or {}),
        folder=ROOT,
    )
    process.start()
    try:
        if command[0] == "uvicorn":
            process.wait_until(lambda: is_ready(settings.port, "/readyz"), 60)
        yield process
    finally:
        process.stop()


def web(
    name: str, settings: Settings, logs: Path, environ: Mapping[str, str] | None = None
) -> contextlib.AbstractContextManager[Process]:
    """A web process on the port of the settings, during the block."""
    options = ("--port", str(settings.port), "--log-level", "warning", "--no-proxy-headers")
    return started(name, settings, logs, "uvicorn", "app:app", *options, environ=environ)


def main() -> None:
    """Start a stack of its own, durable as in production."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--posts", type=int, default=400_000)
    parser.add_argument("--few", type=int, default=4_000, help="posts in the other database")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
    logs = folder / "logs"
    stack = Stack(folder, msgspec.structs.replace(config.Settings(), port=free_port(), limits=UNLIMITED))
    many = stack.settings
    few = msgspec.structs.replace(
        many,
        database_url=str(many.database_url).rpartition("/")[0] + "/few",
        redis_url=str(many.redis_url).rpartition("/")[0] + "/1",
        port=free_port(),
    )
    stack.start()
    load = Load()
    try:
        with printed_on_failure(logs, "[w]*.log"):
            print(f"load of this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
            began = time.monotonic()
            made = asyncio.run(worlds(few, many, given))
            print(f"{given.people:,} people, {given.posts:,} and {given.few:,} posts: {time.monotonic() - began:.0f} s")
            with web("web", many, logs):
                with web("web of few", few, logs):
                    asyncio.run(flat(load, few, many, made))
                    asyncio.run(counted(load, many, made.readers[300][0]))
                asyncio.run(rest(load, many, made, logs))
    finally:
        load.close()
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def rest(load: Load, settings: Settings, made: People, logs: Path) -> None:
    """Fan-out, and waiting while the workers are at work."""
    async with connect(settings) as parts:
        await fanout.compare(parts.db, parts.redis, made, made.readers[300][0], settings.fanout_limit)
        with started("workers", settings, logs, "workers"):
            await waits(load, parts, made)


if __name__ == "__main__":
    main()
