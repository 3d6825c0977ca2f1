"""The report of a run: how available each kind of request was during each kind of fault, and what was violated."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.chaos.client import ANSWERED, Attempt
from tests.chaos.faults import Fault
from tests.chaos.ledger import Item
from tests.chaos.storm import Storm, Strike

ALMOST_ALL = 0.95
MIN_REQUESTS = 40
"""Fewer requests say nothing about a share of 95 %."""
CALM = "no fault"
SERVED_ON = ("valkey", "seaweedfs", "search", "workers", "skew", "poison", CALM)
"""During these, reads and writes go on."""


def group_of(attempt: Attempt, strikes: Iterable[Strike]) -> str:
    """During what a request was under way: from the first blow on until everything was healthy again."""
    groups = {strike.group for strike in strikes if attempt.began < strike.healthy and attempt.ended > strike.began}
    return CALM if not groups else groups.pop() if len(groups) == 1 else "two at once"


def availability(storm: Storm) -> dict[tuple[str, str], Counter[str]]:
    """Outcomes by (group, kind of request)."""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for attempt in storm.record.attempts:
        if attempt.began >= storm.began and attempt.name != "oracle" and attempt.kind != "canary":
            found[group_of(attempt, storm.strikes), attempt.kind][attempt.outcome] += 1
    return found


def share(outcomes: Counter[str]) -> float:
    """Of requests that were answered."""
    return sum(outcomes[each] for each in ANSWERED) / max(sum(outcomes.values()), 1)


def unavailable(storm: Storm) -> list[str]:
    """Kinds of requests of which too few were answered."""
    return [
        f"{kind}s during {group}: {share(outcomes):.1%} of {sum(outcomes.values())} were answered: {dict(outcomes)}"
        for (group, kind), outcomes in sorted(availability(storm).items())
        if group in SERVED_ON
        and (kind != "storage" or group != "seaweedfs")
        and sum(outcomes.values()) >= MIN_REQUESTS
        and share(outcomes) < ALMOST_ALL
    ]


def report(storm: Storm, minutes: float, quiet_s: float, left_out: str) -> list[str]:
    """The lines of the report."""
    lines = ["", f"seed {storm.seed}, {minutes:.1f} minutes, {len(storm.people)} people{left_out}", ""]
    lines += ["faults                    count   slowest recovery"]
    recoveries: dict[str, list[float]] = defaultdict(list)
    for strike in storm.strikes:
        for fault in strike.faults:
            recoveries[_name(fault)].append(strike.healthy - strike.back)
    lines += [f"  {name:24}{len(each):5}{max(each):16.1f} s" for name, each in sorted(recoveries.items())]
    lines += ["", "requests during           reads               writes              PUTs to storage"]
    found = availability(storm)
    for group in sorted({group for group, _ in found}):
        cells = (_cell(found.get((group, kind), Counter())) for kind in ("read", "write", "storage"))
        lines.append(f"  {group:24}" + "".join(f"{cell:20}" for cell in cells))
    lines += ["", "outcomes that were no answer"]
    for (group, kind), outcomes in sorted(found.items()):
        bad = {outcome: count for outcome, count in outcomes.most_common() if outcome not in ANSWERED}
        if bad:
            lines.append(f"  {group}, {kind}: " + ", ".join(f"{count} {outcome}" for outcome, count in bad.items()))
    ledger = storm.ledger
    events = sum(len(heard.events) for each in storm.listeners for heard in (each.messages, each.notifications))
    repeats = sum(heard.repeats for each in storm.listeners for heard in (each.messages, each.notifications))
    cuts = sum(heard.connections - 1 for each in storm.listeners for heard in (each.messages, each.notifications))
    lines += [
        "",
        f"acknowledged: {_items(ledger.posts)} posts, {_items(ledger.stories)} stories, {_items(ledger.comments)} "
        f"comments, {_items(ledger.messages)} messages",
        f"heard: {events} events, {repeats} repeats dropped, {cuts} reconnections",
        f"quiet after {quiet_s:.1f} s; {len(storm.poison.sources)} poisoned entries parked",
        f"violations: {len(storm.record.violations)}",
    ]
    return lines + [f"  {each}" for each in storm.record.violations[:100]]


def _name(fault: Fault) -> str:
    return f"{fault.kind} {'table' if fault.kind == 'lock' else fault.target}"


def _cell(outcomes: Counter[str]) -> str:
    count = sum(outcomes.values())
    return f"{share(outcomes):7.2%} of {count}" if count else ""


def _items(items: list[Item]) -> str:
    acknowledged = sum(bool(item.id) for item in items)
    return f"{acknowledged} (+{len(items) - acknowledged} unknown)"
