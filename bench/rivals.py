"""Servers side by side: what a request costs each in processor time, in rounds that take all of them in turn."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench import cpu
from bench.load import Ask, Load


@dataclass(frozen=True)
class Rival:
    """A server by its process, what it is asked, and the processes that work for it."""

    name: str
    pid: int
    asks: Sequence[Ask]
    besides: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Costs:
    """Microseconds of processor time a request, by round: of the server, and of what works for it."""

    own: list[float] = field(default_factory=list)
    others: dict[str, list[float]] = field(default_factory=dict)

    def median(self) -> float:
        """Of the server."""
        return statistics.median(self.own)


async def measure(
    load: Load, rivals: Sequence[Rival], rounds: int, seconds: float, clients: int, *, warm: float
) -> dict[str, Costs]:
    """What each costs, after `warm` seconds of it: in each round for so long, to clients that ask at the same time."""
    found = {rival.name: Costs() for rival in rivals}
    for rival in rivals:
        await load.counted(rival.asks, clients, warm)
    for _ in range(rounds):
        for rival in rivals:
            before = _spent(rival)
            answered = await load.counted(rival.asks, clients, seconds)
            each = {name: (now - before[name]) / answered * 1e6 for name, now in _spent(rival).items()}
            costs = found[rival.name]
            costs.own.append(each.pop(""))
            for name, cost in each.items():
                costs.others.setdefault(name, []).append(cost)
    return found


def _spent(rival: Rival) -> dict[str, float]:
    return {"": cpu.spent(rival.pid)} | {name: cpu.spent(pid) for name, pid in rival.besides.items()}


def ratio(theirs: Costs, ours: Costs) -> tuple[float, float, float]:
    """How many times what ours costs theirs costs: (median of the rounds, least, most)."""
    each = [their / our for their, our in zip(theirs.own, ours.own, strict=True)]
    return statistics.median(each), min(each), max(each)
