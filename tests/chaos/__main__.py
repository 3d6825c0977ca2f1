"""`python -m tests.chaos [--minutes N] [--seed N] [--only KIND ...]`: faults, people, and whether anything was lost.

docs/testing.md says how to read the report. The exit status is 1 where anything was violated.
"""

import argparse
import asyncio
import contextlib
import random
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.chaos import quiet, report, rows, views
from tests.chaos.cluster import Cluster
from tests.chaos.disks import enter_mount_namespace
from tests.chaos.faults import KINDS, PART, STORES, Fault, Violated, draw
from tests.chaos.storm import Storm
from tests.support.client import until
from workers.parts import connect

STALE_S = 75.0
"""For so long a view may be that of a cache: a row may be a minute old."""
PAUSES_S = (4, 10)


def say(line: str) -> None:
    """Print a line with the time."""
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


def drawn(given: argparse.Namespace, kinds: Sequence[str]) -> Iterator[tuple[float, tuple[Fault, ...]]]:
    """Pauses and faults until the time is over."""
    chance, ends = random.Random(given.seed), time.monotonic() + given.minutes * 60
    while time.monotonic() < ends:
        yield chance.uniform(*PAUSES_S), draw(chance, kinds)


async def run(cluster: Cluster, given: argparse.Namespace, kinds: Sequence[str]) -> int:
    """One storm, and what is to be said of it."""
    began = time.monotonic()
    storm = Storm(cluster, given.seed, say)
    try:
        await storm.gather_people(given.people, given.listeners)
        say(f"{given.people} people are there; the seed is {given.seed}")
        faults = ((0.8, each) for each in PART if each[0].kind in kinds)
        try:
            await storm.run(given.pause, faults if given.part else drawn(given, kinds))
        except Violated as violated:
            storm.violated(str(violated))
        say("The storm is over")
        quiet_s = await examine(cluster, storm, hurries=given.part)
    finally:
        await storm.close()
    left_out = "" if cluster.disks else "; without full disks"
    print("\n".join(report.report(storm, (time.monotonic() - began) / 60, quiet_s, left_out)), flush=True)
    tell_causes(cluster, storm)
    return int(bool(storm.record.violations))


async def examine(cluster: Cluster, storm: Storm, *, hurries: bool) -> float:
    """Compare what is there with what was acknowledged; for how long there was work left."""
    async with connect(cluster.settings) as parts:
        quiet_s, stuck = await quiet.quiet(parts, storm.ledger, hurries=hurries)
        say(f"Quiet after {quiet_s:.1f} s")
        found = stuck + await rows.compare(storm, parts) + await rows.objects(storm, parts)

    async def look() -> list[str]:
        return await views.compare(storm)

    try:
        await until(look, lambda wrong: not wrong, STALE_S)
    except AssertionError:
        found += await views.compare(storm)
    found += await views.heard(storm)
    found += await rows.in_logs([process.log for process in cluster.processes.values()])
    storm.record.violations += found + report.unavailable(storm)
    return quiet_s


def tell_causes(cluster: Cluster, storm: Storm) -> None:
    """What the logs say of requests with unexpected errors."""
    logs = "\n".join(cluster.log(name).read_text(errors="replace") for name in ("web 1", "web 2"))
    for request in set(re.findall(r"request ([0-9a-f]{16})", "\n".join(storm.record.violations))):
        at = logs.find(request)
        if at >= 0:
            print(f"\n--- request {request}\n{logs[max(at - 200, 0) : at + 3500]}", flush=True)


def main() -> int:
    """Start everything, have the storm, and end everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="the same faults again")
    parser.add_argument("--people", type=int, default=14)
    parser.add_argument("--listeners", type=int, default=6)
    parser.add_argument("--pause", type=float, default=0.7, help="seconds between two things that somebody does")
    parser.add_argument("--only", nargs="+", choices=KINDS, metavar="KIND", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--part", action="store_true", help="a short list of faults, as in `make test`")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    given = parser.parse_args()
    has_disks = enter_mount_namespace()
    kinds = [kind for kind in given.only or KINDS if has_disks or kind != "fill disk"]
    say(f"seed {given.seed}" + ("" if has_disks else "; full disks are left out: they need root"))
    folder = Path(tempfile.mkdtemp(prefix="heliograph-chaos-"))
    filled = [fault.target for some in PART for fault in some if fault.kind == "fill disk"] if given.part else STORES
    cluster = Cluster(folder, say, small_disks=filled if "fill disk" in kinds else ())
    try:
        cluster.start()
        status = asyncio.run(run(cluster, given, kinds))
    finally:
        cluster.stop()
        for disk in cluster.disks.values():
            disk.close()
        if given.keep:
            say(f"Logs are in {folder}")
        else:
            with contextlib.suppress(OSError):
                shutil.rmtree(folder)
    return status


if __name__ == "__main__":
    sys.exit(main())
