"""Search: what a request costs, whether what was meant is found, how soon, and how long the index takes to build.

`python -m bench.search [--people N] [--posts N] [--seed N]`: a seeded world on real parts, a web
process and the workers as a user starts them, all of it on one machine with the client.
"""

import argparse
import asyncio
import json
import math
import os
import random
import secrets
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import uvloop

import config
from bench import search_world
from bench.feed import started, web
from bench.limits import UNLIMITED
from bench.load import Ask, Load, request
from bench.logs import printed_on_failure
from bench.readers import token
from bench.search_world import Found, SearchWorld
from clients.search import INDEXES, Hits, Query, SearchEngine
from config import Settings
from domain.events import PersonChanged, record
from domain.search import wording
from domain.search.documents import VERSION
from domain.search.finding import MAX_FOUND, Finder
from domain.search.wording import Wording
from embedded.process import Process, free_port
from embedded.search_table import compiled, open_index
from embedded.stack import Stack
from migrations.__main__ import apply
from workers.parts import Parts, connect

PART = 0.7  # of saturation
CLIENTS = 4
CLOSED_SECONDS, OPEN_SECONDS, OPEN_ROUNDS = 4, 12, 3
QUERIES = 500
TRIGRAM_QUERIES = 200
VISIBLE = 30
GOALS_MS = {"typeahead": 50, "search": 150}

TYPEAHEAD = "query($q: String!) { typeahead(query: $q) { text ranges { start end } item { __typename } } }"
PEOPLE = """query($q: String!) { search(query: $q) { people(first: 10) { edges { match { text ranges { start end } }
  followedBy { username } node { id username displayName isVerified avatarUrl(width: 150) } } } } }"""
POSTS = """query($q: String!, $order: SearchOrder!) { search(query: $q) { posts(first: 20, order: $order) { nodes {
  id caption author { id username avatarUrl(width: 150) }
  media { blurhash image(width: 320, format: WEBP) { url width height } } } pageInfo { endCursor hasNextPage } } } }"""
TRIGRAMS = """
SELECT id FROM users WHERE username % $1 OR display_name % $1
ORDER BY greatest(similarity(username, $1), similarity(display_name, $1)) DESC, follower_count DESC LIMIT 10"""
"""People by username or display name, as our call finds them, with the default threshold of similarity (0.3)."""
TOP = """query($q: String!) { search(query: $q) { top(first: 20) { edges { match { field text ranges { start end } }
  node { __typename ... on User { id username } ... on Hashtag { id name } ... on Location { id name }
  ... on Post { id caption author { id username } } } } } } }"""


def with_typo(chance: random.Random, text: str) -> str:
    """The same with a letter inserted, deleted, replaced, or in the place of its neighbour."""
    at, letter = chance.randrange(1, len(text)), chance.choice("abcdefghijklmnopqrstuvwxyz")
    match chance.randrange(4):
        case 0:
            return text[:at] + letter + text[at:]
        case 1:
            return text[:at] + text[at + 1 :]
        case 2:
            return text[:at] + letter + text[at + 1 :]
    return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]


@dataclass(frozen=True)
class Wanted:
    """What people look for: those with more followers more often, frequent words more often."""

    searchers: list[int]
    prefixes: list[str]
    usernames: list[tuple[str, Found]]
    names: list[tuple[str, Found]]
    words: list[str]

    @classmethod
    def of(cls, world: SearchWorld, seed: int) -> "Wanted":
        """Drawn by `seed`. Names with a typo are those of public accounts in Latin letters."""
        chance = random.Random(seed)
        weights = [(1 + person.follower_count) ** 0.35 for person in world.people]
        people = chance.choices(world.people, weights, k=20 * QUERIES)
        latin = [each for each in people if each.display_name.isascii() and len(each.username) >= 5]
        public = [each for each in latin if not each.is_private]

        def word() -> str:
            return world.vocabulary[min(int(math.exp(chance.random() * math.log(5000))), len(world.vocabulary) - 1)]

        one = [word() for _ in range(QUERIES)]
        two = [f"{word()} {word()}" for _ in range(QUERIES)]
        typos = [with_typo(chance, each) for each in (word() for _ in range(4 * QUERIES)) if len(each) >= 5]
        tags = [f"#{word()}" for _ in range(QUERIES // 2)]
        words = one + two + typos[: QUERIES // 2] + tags + world.han
        chance.shuffle(words)
        return cls(
            world.searchers,
            [each.username[: chance.choice((1, 2, 3, 3, 4, 5, 6, 8))] for each in people[: 2 * QUERIES]],
            [(with_typo(chance, each.username), each) for each in public[:QUERIES]],
            [(with_typo(chance, each.display_name.lower()), each) for each in public[QUERIES : 2 * QUERIES]],
            words,
        )

    def asks(self, settings: Settings, kind: str) -> list[Ask]:
        """Requests of a kind, each by one of the searchers."""
        chance = random.Random(len(kind))
        tokens = [token(settings, each) for each in self.searchers]
        names = [query for query, _ in (*self.usernames, *self.names)]
        texts: dict[str, list[tuple[str, dict[str, str]]]] = {
            "typeahead": [(TYPEAHEAD, {"q": q}) for q in (*self.prefixes, *names)],
            "search": [
                *((PEOPLE, {"q": q}) for q in (*names, *(person.display_name for _, person in self.names))),
                *((POSTS, {"q": q, "order": chance.choice(("TOP", "RECENT"))}) for q in self.words),
                *((TOP, {"q": q}) for q in (*self.words, *names)),
            ],
        }
        found = [request(settings.port, chance.choice(tokens), {"query": q, "variables": v}) for q, v in texts[kind]]
        chance.shuffle(found)
        return found


async def build(settings: Settings, logs: Path, engine: Process) -> None:
    """How long the worker takes to build the index from nothing, and in how much memory."""
    client = SearchEngine(str(settings.search_url))
    began = time.monotonic()
    with started("index worker", settings, logs, "workers", "index") as worker:
        while (state := await client.state()).version != VERSION:  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        took = time.monotonic() - began
        peaks = [_memory(process.pid, "VmHWM") for process in (worker, engine)]
    count = sum(state.documents.values())
    said = ", ".join(f"{count:,} {index}" for index, count in state.documents.items())
    print(f"  {said}; {count / took:,.0f} a second, the worker {peaks[0]} MB, the engine {peaks[1]} MB")
    print(f"a rebuild of {count:,} documents / 180 s: {took / 180:.2f} (goal 1)")
    print(f"memory of both at most / 1,000 MB: {sum(peaks) / 1000:.2f} (goal 1)")
    await client.close()


def _memory(pid: int, name: str) -> int:
    """In MB: VmHWM is the most it has been, VmRSS what it is."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(f"{name}:"))


async def recall(load: Load, settings: Settings, wanted: Wanted) -> None:
    """How often the person who was meant stands among the first ten, by whole requests."""
    some = token(settings, wanted.searchers[0])
    for name, goal, pairs in (("username", 0.95, wanted.usernames), ("display name", 0.85, wanted.names)):
        answers = await load.answers(
            [request(settings.port, some, {"query": PEOPLE, "variables": {"q": q}}) for q, _ in pairs]
        )
        edges = [json.loads(answer)["data"]["search"]["people"]["edges"] for answer in answers]
        hits = [
            person.username in {edge["node"]["username"] for edge in found}
            for found, (_, person) in zip(edges, pairs, strict=True)
        ]
        print(f"recall@10 of a {name} with one typo: {statistics.mean(hits):.3f} of {len(hits)} (goal {goal})")


async def waits(load: Load, settings: Settings, wanted: Wanted) -> None:
    """How long whole requests take at 70 % of what can be answered at most."""
    for kind, goal in GOALS_MS.items():
        asks = wanted.asks(settings, kind)
        await load.closed(asks, CLIENTS, CLOSED_SECONDS)
        p99s = []
        for _ in range(OPEN_ROUNDS):
            most = await load.closed(asks, CLIENTS, CLOSED_SECONDS)
            took = sorted(await load.arriving(asks, most * PART, OPEN_SECONDS))
            p50, p99 = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
            p99s.append(p99 / goal)
            print(
                f"  {kind}: p50 {p50:.0f} ms, p99 {p99:.0f} ms at {most * PART:.0f} a second of {most:.0f},"
                f" {took.count(math.inf)} of {len(took)} failed"
            )
        print(
            f"{kind} at {PART:.0%} of saturation, p99 / {goal} ms: {statistics.median(p99s):.2f}"
            f" (rounds {min(p99s):.2f} to {max(p99s):.2f}; goal 1)"
        )


async def visible(load: Load, parts: Parts, wanted: Wanted) -> None:
    """How long after its commit a new name is found, by whole requests."""
    some, waited = token(parts.settings, wanted.searchers[0]), []
    for _, person in wanted.names[:VISIBLE]:
        name = f"zq{secrets.token_hex(4)}"
        ask = request(parts.settings.port, some, {"query": PEOPLE, "variables": {"q": name}})
        async with parts.db.acquire() as tx, tx.transaction():
            await tx.execute("UPDATE users SET display_name = $2 WHERE id = $1", person.id, name)
            await record(tx, PersonChanged(person.id), person.id)
        began = time.monotonic()
        while name.encode() not in (await load.answers([ask]))[0]:
            assert time.monotonic() - began < 60, f"{name} is not found within a minute"
        waited.append(time.monotonic() - began)
    print(
        f"a new name is found after p50 {statistics.median(waited) * 1000:.0f} ms,"
        f" at most / 2,000 ms: {max(waited) / 2:.2f} (goal 1)"
    )


class Recording(SearchEngine):
    """Remembers what was asked last."""

    asked: list[Query]

    async def find(self, query: Query) -> Hits:
        """As the engine answers it."""
        self.asked.append(query)
        return await super().find(query)


class Bare:
    """tantivy alone, in this process, over a copy of the files of the engine in `folder`."""

    def __init__(self, folder: Path, copy: Path) -> None:
        current = (folder / "CURRENT").read_text().strip()
        shutil.copytree(folder / current, copy, ignore=shutil.ignore_patterns("*.lock"))
        self._searchers = {name: open_index(copy / name).searcher() for name in INDEXES}

    def seconds(self, query: Query) -> float:
        """How long it takes to find the ids."""
        searcher = self._searchers[query.index]
        passes = [compiled(query, with_typos=with_typos) for with_typos in (False, True)]
        began, found = time.perf_counter(), 0
        for each in passes:
            hits = searcher.search(each, query.limit, count=False, order_by_field=query.order).hits
            searcher.fast_field_values("id", [address for _, address in hits])
            found += len(hits)
            if found >= query.limit or not query.allows_typos:
                break
        return time.perf_counter() - began


async def ratios(parts: Parts, folder: Path, wanted: Wanted) -> None:
    """Calls of the domain against tantivy alone, and against PostgreSQL's trigrams, by turns over the same queries."""
    engine = Recording(str(parts.settings.search_url))
    finder, viewer = Finder(parts.db, engine), wanted.searchers[0]
    typos = [query for query, _ in wanted.usernames]
    calls: dict[str, tuple[Sequence[str], Callable[[Wording], Awaitable[Any]]]] = {
        "posts by words": (wanted.words, lambda words: finder.posts(words, None, MAX_FOUND)),
        "hashtags by words": (wanted.words, lambda words: finder.hashtags(words, MAX_FOUND)),
        "people by a beginning": (wanted.prefixes, lambda words: finder.people(0, words, MAX_FOUND)),
        "people with a typo": (typos, lambda words: finder.people(0, words, MAX_FOUND)),
        "people with a typo, signed in": (typos, lambda words: finder.people(viewer, words, MAX_FOUND)),
    }
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as copy:
        bare = Bare(folder, Path(copy) / "index")
        for name, (texts, call) in calls.items():
            ours, alone = [], []
            for text in texts[:QUERIES]:
                words, engine.asked = wording.read(text), []
                if words is None:
                    continue
                began = time.perf_counter()
                await call(words)
                ours.append(time.perf_counter() - began)
                alone.append(sum(map(bare.seconds, engine.asked)))
            print(_ratio(name, "tantivy alone", ours, alone, 1.5))
    await engine.close()


def _ratio(name: str, other: str, ours: Sequence[float], theirs: Sequence[float], goal: float) -> str:
    (a, b), (c, d) = ((statistics.median(each) * 1000, _p99(each) * 1000) for each in (ours, theirs))
    return f"{name}: p50 {a:.2f} ms (p99 {b:.1f}) / {other} {c:.2f} ms (p99 {d:.1f}): {a / c:.2f} (goal {goal:g})"


def _p99(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]


async def trigrams(parts: Parts, wanted: Wanted) -> None:
    """PostgreSQL's trigram search for a username with a typo, against ours."""
    engine = SearchEngine(str(parts.settings.search_url))
    finder = Finder(parts.db, engine)
    db = await asyncpg.connect(str(parts.settings.database_url))
    await db.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    await db.execute(
        "CREATE INDEX bench_trigrams ON users USING gin (username gin_trgm_ops, display_name gin_trgm_ops)"
    )
    for name, pairs in (("username", wanted.usernames), ("display name", wanted.names)):
        ours, theirs = [], []
        for text, _ in pairs[:TRIGRAM_QUERIES]:
            words = wording.read(text)
            assert words is not None
            began = time.perf_counter()
            await finder.people(0, words, MAX_FOUND)
            ours.append(time.perf_counter() - began)
            began = time.perf_counter()
            await db.fetch(TRIGRAMS, text)
            theirs.append(time.perf_counter() - began)
        print(_ratio(f"PostgreSQL's trigrams for a {name} with a typo", "ours", theirs, ours, 50))
    await db.execute("DROP INDEX bench_trigrams")
    await db.close()
    await engine.close()


async def measured(load: Load, settings: Settings, logs: Path, folder: Path, world: SearchWorld, seed: int) -> None:
    """Everything but how long it takes to build the index."""
    wanted = Wanted.of(world, seed)
    async with connect(settings) as parts:
        await parts.db.execute("CHECKPOINT")  # of what was seeded
        await ratios(parts, folder, wanted)
        await trigrams(parts, wanted)
        with web("web", settings, logs), started("workers", settings, logs, "workers", "relay", "index"):
            await recall(load, settings, wanted)
            await visible(load, parts, wanted)
            await waits(load, settings, wanted)


def main() -> None:
    """Start a stack of its own, durable as in production."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
    logs = folder / "logs"
    stack = Stack(folder, msgspec.structs.replace(config.Settings(), port=free_port(), limits=UNLIMITED))
    settings, engine = stack.settings, stack.search
    assert engine is not None
    stack.start()
    load = Load()
    try:
        with printed_on_failure(logs, "[wi]*.log"):
            print(f"load of this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors", flush=True)
            began = time.monotonic()
            asyncio.run(apply(str(settings.database_url)))
            world = asyncio.run(search_world.fill(str(settings.database_url), given.people, given.posts, given.seed))
            print(f"{given.people:,} people, {given.posts:,} posts: {time.monotonic() - began:.0f} s", flush=True)
            asyncio.run(build(settings, logs, engine.process))
            uvloop.run(measured(load, settings, logs, engine.directory, world, given.seed))
    finally:
        load.close()
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
