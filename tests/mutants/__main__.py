"""`python -m tests.mutants [--area NAME ...] [--only WORDS] [--sample N] [--seed N]`: does a test catch each fault?

docs/testing.md says how to read the report. The exit status is 1 where a fault was not caught.
"""

import argparse
import contextlib
import queue
import random
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tests.mutants.copies import Copy, Ran
from tests.mutants.mutant import Mutant
from tests.mutants.table import AREAS

MAX_WORKERS = 2
UNCHANGED_TIMEOUT_S = 1800
SHOWN_LINES = 25

CAUGHT, SURVIVED, BROKEN = "caught", "SURVIVED", "BROKEN"

Named = tuple[str, Mutant]
T = TypeVar("T")
R = TypeVar("R")


def chosen(given: argparse.Namespace) -> list[Named]:
    """The mutants of the areas and with the words that were asked for, with the names of their areas."""
    words = [word.lower() for word in given.only]
    found = [
        (area, mutant)
        for area in given.area or AREAS
        for mutant in AREAS[area]
        if all(word in f"{area} {mutant.rule} {mutant.file}".lower() for word in words)
    ]
    if given.sample and given.sample < len(found):
        found = random.Random(given.seed).sample(found, given.sample)
    return found


def outcome(mutant: Mutant, copy: Copy) -> tuple[str, Ran | None, str]:
    """Whether the fault was caught, what pytest did, and what is wrong with a mutant that is broken."""
    try:
        with copy.with_fault(mutant):
            ran = copy.run(mutant.caught_by, mutant.timeout_s)
    except (OSError, ValueError) as error:
        return BROKEN, None, str(error)
    if ran.failed:
        return CAUGHT, ran, ""
    if ran.passed:
        return SURVIVED, ran, ""
    if ran.status is None:
        return BROKEN, ran, f"not over after {mutant.timeout_s:g} s"
    return BROKEN, ran, f"no test failed, but pytest ended with status {ran.status}"


def shown(ran: Ran) -> str:
    """What pytest printed of failures, and its last line."""
    lines = ran.output.splitlines()
    told = [line for line in lines if line.startswith(("E  ", "FAILED", "ERROR"))] or lines
    return "\n".join(f"    {line}" for line in [*told[-SHOWN_LINES:], *lines[-1:]])


def halves(tests: Sequence[str], count: int) -> list[list[str]]:
    """The tests in `count` parts, those of one file in the same part."""
    parts: list[list[str]] = [[] for _ in range(count)]
    for name in sorted({test.partition("::")[0] for test in tests}):
        min(parts, key=len).extend(test for test in tests if test.partition("::")[0] == name)
    return [part for part in parts if part]


def together(copies: Sequence[Copy], work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """What `work` gives for each item, on as many threads as there are copies. An interrupt ends all runs."""
    with ThreadPoolExecutor(len(copies)) as pool:
        try:
            return list(pool.map(work, items))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for copy in copies:
                copy.stop()
            raise


def pass_unchanged(tests: Sequence[str], copies: Sequence[Copy]) -> bool:
    """Whether the tests pass without any fault; prints what fails."""

    def run_part(part: tuple[Copy, list[str]]) -> Ran:
        copy, some = part
        return copy.run(some, UNCHANGED_TIMEOUT_S)

    runs = together(copies, run_part, list(zip(copies, halves(tests, len(copies)), strict=False)))
    for ran in runs:
        if not ran.passed:
            print(f"A test fails without a fault (status {ran.status}):\n{shown(ran)}")
    return all(ran.passed for ran in runs)


def judge(mutants: Sequence[Named], copies: Sequence[Copy], *, verbose: bool) -> list[tuple[str, Named]]:
    """Try each mutant, printing what came of it, and return the outcomes."""
    free: queue.Queue[Copy] = queue.Queue()
    for copy in copies:
        free.put(copy)
    printing = threading.Lock()
    done: list[tuple[str, Named]] = []

    def judge_one(named: Named) -> None:
        area, mutant = named
        copy = free.get()
        try:
            result, ran, problem = outcome(mutant, copy)
        finally:
            free.put(copy)
        with printing:
            done.append((result, named))
            seconds = f"{ran.seconds:5.1f} s" if ran else "      -"
            detail = f" ({problem})" if problem else ""
            print(f"{len(done):3}/{len(mutants)} {seconds} {result:8} {area}: {mutant.rule}{detail}", flush=True)
            if ran and (result == BROKEN or verbose):
                print(shown(ran), flush=True)

    together(copies, judge_one, mutants)
    return done


def summary(done: Sequence[tuple[str, Named]], minutes: float) -> Iterator[str]:
    """The last lines of the report."""
    for result, (area, mutant) in done:
        if result != CAUGHT:
            yield f"{result}: {area}: {mutant.rule} ({mutant.file}; {', '.join(mutant.caught_by)})"
    counts = ", ".join(f"{sum(result == each for result, _ in done)} {each}" for each in (CAUGHT, SURVIVED, BROKEN))
    yield f"{counts}; {minutes:.1f} minutes"


def main() -> int:
    """Run what was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="Does a test catch each fault?")
    parser.add_argument("--area", nargs="+", choices=AREAS, help="only these areas")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="only mutants with all of these words")
    parser.add_argument("--sample", type=int, metavar="N", help="only so many, drawn by the seed")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="for --sample")
    parser.add_argument("--workers", type=int, choices=range(1, MAX_WORKERS + 1), default=MAX_WORKERS)
    parser.add_argument("--verbose", action="store_true", help="print how each test failed")
    given = parser.parse_args()
    mutants = chosen(given)
    if not mutants:
        print("No mutant is like that.")
        return 2
    began = time.monotonic()
    tests = sorted({test for _, mutant in mutants for test in mutant.caught_by})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="heliograph-mutants-") as folder, contextlib.ExitStack() as stack:
        copies = [stack.enter_context(Copy(Path(folder) / str(number))) for number in range(given.workers)]
        seed = f", seed {given.seed}" if given.sample else ""
        print(f"{len(mutants)} mutants, {len(tests)} tests{seed}: the tests run without a fault", flush=True)
        if not pass_unchanged(tests, copies):
            return 2
        print(f"They pass ({time.monotonic() - began:.0f} s)", flush=True)
        done = judge(mutants, copies, verbose=given.verbose)
    for line in summary(done, (time.monotonic() - began) / 60):
        print(line)
    return 0 if all(result == CAUGHT for result, _ in done) else 1


if __name__ == "__main__":
    sys.exit(main())
