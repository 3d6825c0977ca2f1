"""`python -m bench.overload [--nginx]`: what is left of a web process when more is asked of it than it can answer.

An open-loop generator asks for pages of the feed, likes posts and probes /healthz. The web process has a core for
itself; the generator, PostgreSQL, Valkey and nginx share the other. First the rate of the best goodput is looked for,
then once, twice and four times as much is asked. Good is what is answered within a second of when it was due.
"""

import argparse
import asyncio
import os
import random
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

import config
from bench import seed
from bench.arrivals import Answered, Arrivals, Stream
from bench.cpu import spent
from bench.limits import UNLIMITED
from bench.load import Ask, Load, request
from bench.readers import QUERY, token
from bench.world import People
from clients import postgres
from config import Settings
from domain.posts.rows import Post
from embedded.nginx import ApiProxy
from embedded.process import Process, free_port, is_ready
from embedded.stack import Stack, environment
from kit import ids
from kit.execution import manifest
from kit.execution.document_store import key_of
from migrations.__main__ import apply

ROOT = Path(__file__).parents[1]
LIKE = "mutation Like($id: ID!) { likePost(postId: $id) { post { id } userErrors { code } } }"
MUTATION_PART = 0.03
LATER_PART = 0.2
HEALTH_RATE = 20.0
STEPS = (0.7, 0.8, 0.9, 1.0, 1.1)
FACTORS = (1, 2, 4)
CLIENTS = 8
NORMAL_FACTOR = 3.0
"""Answers are normal again when they take no longer than so many times what they take in a quiet process, or 200 ms."""


@dataclass(frozen=True)
class World:
    """Who asks, and for what."""

    first_pages: list[Ask]
    later_pages: list[Ask]
    likes: list[Ask]
    health: Ask

    def at(self, port: int) -> "World":
        """The same, asked of another port."""
        return World(
            *([Ask(port, ask.request) for ask in some] for some in (self.first_pages, self.later_pages, self.likes)),
            Ask(port, self.health.request),
        )

    def mixed_pages(self) -> list[Ask]:
        """Pages in the proportion in which they are asked for."""
        shuffled = random.Random(1)
        later = round(len(self.first_pages) * LATER_PART / (1 - LATER_PART))
        pages = self.first_pages + shuffled.choices(self.later_pages, k=later)
        shuffled.shuffle(pages)
        return pages

    def streams(self, rate: float) -> list[Stream]:
        """Requests at this rate, and a few beside them that look after health."""
        likes, later = rate * MUTATION_PART, rate * LATER_PART
        return [
            Stream("first pages", self.first_pages, rate - likes - later),
            Stream("later pages", self.later_pages, later),
            Stream("mutations", self.likes, likes),
            Stream("health", [self.health], HEALTH_RATE),
        ]


@dataclass(frozen=True)
class Result:
    """What a phase has shown; times are in seconds."""

    goodput: float
    p50: float
    p99: float
    outcomes: Counter[str]
    good_counts: dict[str, int]
    good_parts: dict[str, float]
    health_max: float
    normal_after: float
    cpu: float
    seconds: float

    @property
    def good(self) -> float:
        """Good answers a second of processor time, of whatever neighbours left the process of its core."""
        return sum(self.good_counts.values()) / self.cpu

    @property
    def cpu_of_page(self) -> float:
        """Where hardly any were refused."""
        return self.cpu / self.outcomes["OK"]

    def cpu_of_refusal(self, page: float) -> float:
        """What is left of the processor time where a page takes so much of it."""
        return (self.cpu - page * self.outcomes["OK"]) / max(self.outcomes["OVERLOADED"], 1)


async def world_of(settings: Settings, made: People, readers: int) -> World:
    """Requests of these people."""
    chosen = random.Random(1).sample(made.ids.tolist(), min(readers, made.count))
    db = await postgres.connect(str(settings.database_url), size=1)
    posts = [
        ids.encode(Post.TAG, row["id"]) for row in await db.fetch("SELECT id FROM posts ORDER BY id DESC LIMIT 500")
    ]
    sessions = await db.fetch(
        """
        INSERT INTO sessions (id, user_id, nonce, rotated_at, expires_at, generation)
        SELECT next_id(0), id, '', now(), now() + interval '1 day', 0 FROM unnest($1::bigint[]) id RETURNING id, user_id
        """,
        chosen,
    )
    await db.close()
    tokens = {row["user_id"]: token(settings, row["user_id"], row["id"]) for row in sessions}
    page = {"documentId": key_of(QUERY), "variables": {}}
    first = [request(settings.port, tokens[reader], page) for reader in chosen]
    load = Load()
    try:
        answers = [msgspec.json.decode(answer) for answer in await load.answers(first)]
    finally:
        load.close()
    cursors = [answer["data"]["feed"]["pageInfo"]["endCursor"] for answer in answers]
    later = [
        request(settings.port, tokens[reader], page | {"variables": {"after": cursor}})
        for reader, cursor in zip(chosen, cursors, strict=True)
        if cursor
    ]
    likes = [
        request(settings.port, tokens[reader], {"documentId": key_of(LIKE), "variables": {"id": random.choice(posts)}})
        for reader in chosen
    ]
    health = Ask(settings.port, f"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:{settings.port}\r\n\r\n".encode())
    return World(first, later, likes, health)


async def phase(arrivals: Arrivals, world: World, rate: float, seconds: float, pid: int, quiet: float) -> Result:
    """Ask at this rate for so long."""
    before = spent(pid)
    asking = asyncio.create_task(arrivals.phase(world.streams(rate), seconds, world.first_pages[0]))
    await asyncio.sleep(seconds)  # without what comes after the phase
    cpu = spent(pid) - before
    found = await asking
    probes, health = found.pop("probe"), found.pop("health")
    asked = [each for some in found.values() for each in some]
    took = sorted(each.took for each in asked if each.outcome == "OK") or [float("inf")]
    abnormal = [each.due for each in probes if each.outcome != "OK" or each.took > max(NORMAL_FACTOR * quiet, 0.2)]
    return Result(
        goodput=sum(each.is_good for each in asked) / seconds,
        p50=took[len(took) // 2],
        p99=took[int(len(took) * 0.99)],
        outcomes=Counter(each.outcome for each in asked),
        good_counts={name: sum(each.is_good for each in some) for name, some in found.items()},
        good_parts={name: _good_part(some) for name, some in found.items()},
        health_max=max(each.took if each.outcome == "OK" else float("inf") for each in health),
        normal_after=max(abnormal, default=0.0),
        cpu=cpu,
        seconds=seconds,
    )


def _good_part(answers: Sequence[Answered]) -> float:
    return sum(each.is_good for each in answers) / max(len(answers), 1)


@dataclass(frozen=True)
class Phase:
    """What came of asking `factor` times as much as `saturation`."""

    factor: int
    saturation: float
    result: Result


def describe(phase: Phase, good: float) -> str:
    """A phase in three lines. `good` is how many good answers a second of processor time gave at saturation."""
    result = phase.result
    outcomes = ", ".join(f"{code} {count:,}" for code, count in result.outcomes.most_common())
    parts = ", ".join(f"{name} {part:.0%}" for name, part in result.good_parts.items())
    return (
        f"{phase.factor}x: {phase.saturation * phase.factor:.0f}/s asked, goodput {result.goodput:.0f}/s "
        f"({result.goodput / phase.saturation:.0%} of the best; {result.good / good:.0%} by processor time)\n"
        f"    admitted p50 {result.p50 * 1000:.0f} ms, p99 {result.p99 * 1000:.0f} ms; {outcomes}\n"
        f"    good: {parts}; /healthz at most {result.health_max * 1000:.0f} ms; "
        f"normal {result.normal_after:.2f} s after the end; "
        f"the process had {result.cpu / result.seconds:.0%} of its core, load {os.getloadavg()[0]:.1f}"
    )


async def measure(world: World, direct: World, pid: int, given: argparse.Namespace, title: str) -> None:
    """Look for saturation, then go beyond it. `direct` passes by whatever stands in front of the process."""
    arrivals = Arrivals()
    try:
        mixed = direct.mixed_pages()
        await arrivals.closed(mixed, CLIENTS, 3)  # warm
        before = spent(pid)
        alone = await arrivals.closed(direct.first_pages, 1, 2)
        page_cpu, quiet = (spent(pid) - before) / alone / 2, 1 / alone
        closed = await arrivals.closed(mixed, CLIENTS, 3)
        print(
            f"{title}: a page alone {quiet * 1000:.1f} ms, {page_cpu * 1e6:,.0f} us of processor time; "
            f"{CLIENTS} clients in a closed loop {closed:.0f}/s"
        )
        memory, steps = rss(pid), {}
        for step in STEPS:
            result = steps[step] = await phase(arrivals, world, closed * step, given.seconds / 2, pid, quiet)
            print(
                f"  {closed * step:.0f}/s: goodput {result.goodput:.0f}/s, p99 {result.p99 * 1000:.0f} ms, "
                f"{result.good:.0f} good a second of processor time"
            )
        best = max(steps.values(), key=lambda result: result.goodput)
        # A neighbour on the machine may come or go: what is best is measured again before each phase.
        part, found = best.goodput / closed, list[Phase]()
        for _ in range(given.rounds):
            for factor in FACTORS:
                saturation = await arrivals.closed(mixed, CLIENTS, 3) * part
                result = await phase(arrivals, world, saturation * factor, given.seconds, pid, quiet)
                found.append(Phase(factor, saturation, result))
                print("  " + describe(found[-1], best.good))
        for factor in FACTORS:
            ratios = sorted(each.result.goodput / each.saturation for each in found if each.factor == factor)
            print(f"  {factor}x: goodput / best {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
        page = best.cpu_of_page
        refusals = [each.result.cpu_of_refusal(page) for each in found if each.factor == FACTORS[-1]]
        print(
            f"  processor time: a page {page * 1e6:,.0f} us at saturation, a refusal "
            f"{statistics.median(refusals) * 1e6:,.0f} us; "
            f"memory grew by {(rss(pid) - memory) / 1024:.0f} MB to {rss(pid) / 1024:.0f} MB",
            flush=True,
        )
    finally:
        arrivals.close()


def rss(pid: int) -> int:
    """Kilobytes of memory that a process holds."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1])


@contextmanager
def web(settings: Settings, logs: Path, core: int | None) -> Iterator[Process]:
    """A web process on a core of its own."""
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(settings.port), "--log-level", "warning"]
    process = Process(
        "web",
        lambda: [*command, "--no-proxy-headers"],
        logs / "web.log",
        environ=environment(settings),
        folder=ROOT,
        enter=None if core is None else lambda: os.sched_setaffinity(0, {core}),
    )
    process.start()
    try:
        process.wait_until(lambda: is_ready(settings.port, "/readyz"), 60)
        yield process
    finally:
        process.stop()


async def run(settings: Settings, folder: Path, core: int | None, given: argparse.Namespace) -> None:
    """Everything, on parts that are started."""
    await apply(str(settings.database_url))
    made = await seed.seed(str(settings.database_url), people=given.people, posts=given.people * 10)
    with web(settings, folder / "logs", core) as process:
        world = await world_of(settings, made, given.readers)
        await measure(world, world, process.pid, given, "in process")
        if given.nginx:
            proxy = ApiProxy(folder / "nginx")
            proxy.start(settings.port, max_conns=given.max_conns, max_conns_of_address=60_000)
            try:
                await measure(world.at(proxy.port), world, process.pid, given, "behind nginx")
            finally:
                proxy.process.stop()
        log = (folder / "logs" / "web.log").read_text()
        print(f"the web process logged {len(log.splitlines())} lines, {log.count('Traceback')} tracebacks")
        if given.log:
            print(log[-3000:])


def main() -> None:
    """Start a stack and a web process of their own."""
    parser = argparse.ArgumentParser(prog="python -m bench.overload", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--nginx", action="store_true", help="measure behind Debian's nginx as well")
    parser.add_argument("--max-conns", type=int, default=40, help="requests that nginx passes on at a time")
    parser.add_argument("--max-requests", type=int, default=config.Settings().max_requests)
    parser.add_argument("--max-operations", type=int, default=config.Settings().max_operations)
    parser.add_argument("--log", action="store_true", help="print the end of the web process's log")
    given = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    core = cores[0] if len(cores) > 1 else None
    if core is not None:
        os.sched_setaffinity(0, set(cores[1:]))  # children inherit it
    folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
    documents = folder / "documents.json"
    documents.write_text(manifest.write([QUERY, LIKE]))
    stack = Stack(
        folder,
        msgspec.structs.replace(
            config.Settings(),
            port=free_port(),
            documents=str(documents),
            limits=UNLIMITED,
            max_requests=given.max_requests,
            max_operations=given.max_operations,
        ),
    )
    stack.start()
    try:
        print(f"load of this machine before: {os.getloadavg()[0]:.1f} on {len(cores)} processors")
        asyncio.run(run(stack.settings, folder, core, given))
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
