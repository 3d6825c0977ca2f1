"""Execution: the processor time a request of bench/feed.graphql costs us, over what it costs others.

`python -m bench.execution [--rounds N] [--seconds S]`: every server on this machine, warmed, asked in turns. What
PostgreSQL and Valkey spend is said beside, and is in no ratio.
"""

import argparse
import asyncio
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import costs
from bench.load import Load
from bench.logs import printed_on_failure
from bench.peers import alone, real
from bench.peers.alone import FLOOR, MERCURIUS, OURS, PLAIN, REFERENCE, YOGA
from bench.peers.real import POSTGRAPHILE
from bench.rivals import Costs, Rival, measure, ratio

EXECUTORS = {OURS: {}, REFERENCE: {"HELIOGRAPH_EXECUTOR": "reference"}}
"""The environments of our servers, by the name of what executes."""
CLIENTS = (1, 8)

Goals = Mapping[str, tuple[float, float]]
"""By the name of a rival: how many times what ours costs it should cost, at least and to be aimed at."""
IN_MEMORY: Goals = {REFERENCE: (8, 15), PLAIN: (15, 24), MERCURIUS: (0.85, 1.2)}
ON_REDIS: Goals = {REFERENCE: (8, 15), MERCURIUS: (0.85, 1.2), FLOOR: (0.4, 0.6)}
REAL: Goals = {REFERENCE: (8, 15), POSTGRAPHILE: (3, 5)}


async def compare(load: Load, title: str, rivals: Sequence[Rival], goals: Goals, given: argparse.Namespace) -> None:
    """Print what every rival costs over what the first does, to one client and to eight at a time."""
    print(f"\n{title}")
    for clients in CLIENTS:
        warm = given.warm if clients == CLIENTS[0] else given.warm / 4
        found = await measure(load, rivals, given.rounds, given.seconds, clients, warm=warm)
        asked = "one request at a time" if clients == 1 else f"{clients} at a time"
        print(f"  {asked}: {rivals[0].name} {_spelled(found[rivals[0].name])}")
        for rival in rivals[1:]:
            print(f"    {_line(rival.name, found[rival.name], found[rivals[0].name], goals.get(rival.name))}")


def _line(name: str, theirs: Costs, ours: Costs, goal: tuple[float, float] | None) -> str:
    median, least, most = ratio(theirs, ours)
    aim = "for information" if goal is None else f"at least {goal[0]:g}, aim {goal[1]:g}"
    if goal is not None:
        aim += ": reached" if median >= goal[1] else ": between" if median >= goal[0] else ": MISSED"
    return f"{name:<20} {median:6.2f} ({least:.2f} to {most:.2f}) {aim:<36} {_spelled(theirs)}"


def _spelled(costs: Costs) -> str:
    """What a request costs, with what others spend on it."""
    others = [f"{name} {sorted(each)[len(each) // 2]:,.0f}" for name, each in costs.others.items()]
    return f"[{', '.join([f'{costs.median():,.0f} us', *others])}]"


def run(load: Load, folder: Path, given: argparse.Namespace) -> None:
    """Both worlds."""
    if "alone" in given.only:
        with alone.started(folder, EXECUTORS) as peers:
            if peers.missing:
                print(f"Without {MERCURIUS} and {YOGA}, for there is no Node: {peers.missing}")
            asyncio.run(_compare_alone(load, peers, given))
    if "real" in given.only:
        with real.started(folder, load, EXECUTORS, given.people, given.posts) as world:
            if world.missing:
                print(f"Without {POSTGRAPHILE}: {world.missing}")
            title = f"Whole servers, a warm page of {world.leaves:,} leaves, with PostgreSQL and Valkey"
            asyncio.run(compare(load, title, world.rivals, REAL, given))
            costs.answering(world.answer)
    costs.compiling()


async def _compare_alone(load: Load, peers: alone.Alone, given: argparse.Namespace) -> None:
    for title, rivals, goals in (
        ("Execution alone, data in memory", peers.in_memory, IN_MEMORY),
        ("Execution alone, rows of JSON from Redis", peers.on_redis, ON_REDIS),
    ):
        await alone.check(load, rivals)
        await compare(load, title, rivals, goals, given)
    await costs.cold(load, *(each for each in peers.in_memory if each.name in EXECUTORS))


def main() -> None:
    """Start everything, ask, compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1, help="for each server in each round")
    parser.add_argument("--warm", type=float, default=6, help="seconds for each server before")
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--only", choices=["alone", "real"], nargs="+", default=["alone", "real"])
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
    load = Load()
    print(f"load of this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    try:
        with printed_on_failure(folder / "logs", "w*.log"):
            run(load, folder, given)
    finally:
        load.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
