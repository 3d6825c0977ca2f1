"""A run: faults one after another, people who go on meanwhile, and what both have done by the end."""

import asyncio
import json
import random
import time
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx

from tests.chaos.client import OK, Client, Record
from tests.chaos.cluster import WEBS, Balancer, Cluster, Say
from tests.chaos.faults import Fault, Striker, Violated
from tests.chaos.ledger import Ledger
from tests.chaos.listeners import Listener
from tests.chaos.people import PROFILE, Person
from tests.chaos.poison import Poison
from tests.support.client import FEED, http_client

RECOVERED_WITHIN_S = 15.0
"""From the return of a part on until everything serves again."""
BACK_WITHIN_S = 150.0
"""From the end of a fault on until the supervisor has brought back what it struck."""
GIVEN_UP_S = 60.0
FOLLOWEES = 4


@dataclass
class Strike:
    """Faults that struck together, by time.monotonic: the parts worked again at `back`, everything did at `healthy`."""

    faults: tuple[Fault, ...]
    began: float
    back: float = 0.0
    healthy: float = 0.0

    @property
    def group(self) -> str:
        """Under which its requests are counted: the part that was struck, or the kind where it is no part."""
        [group] = {_group(fault) for fault in self.faults} if len(self.faults) == 1 else {"two at once"}
        return group


def _group(fault: Fault) -> str:
    if fault.kind in ("lock", "skew", "poison"):
        return fault.kind
    return "web" if fault.target in WEBS else fault.target


@dataclass
class Storm:
    """Everything of one run. `say` prints a line with the time."""

    cluster: Cluster
    seed: int
    say: Say
    strikes: list[Strike] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.record = Record()
        self.ledger = Ledger()
        self.balancer = Balancer(self.cluster)
        self.poison = Poison(str(self.cluster.settings.database_url))
        self.began = 0.0
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self._calm = asyncio.Event()
        self._canary = self._client("canary")

    def chance(self, name: str) -> random.Random:
        """A generator of this run's seed."""
        return random.Random(f"{self.seed}:{name}")

    def violated(self, what: str) -> None:
        self.say(f"VIOLATION: {what}")
        self.record.violations.append(f"{time.strftime('%H:%M:%S')} {what}")

    def _client(self, name: str) -> Client:
        client = Client(self.balancer.next, self.record, self.chance(name))
        self._stack.push_async_callback(client.close)
        return client

    async def gather_people(self, count: int, listeners: int) -> None:
        """Sign people up, who follow and write to each other; some listen."""
        self._tasks.append(asyncio.create_task(self.balancer.run(), name="balancer"))
        self.people = [
            Person(number, self._client(f"client {number}"), self.ledger, self.chance(f"person {number}"))
            for number in range(count)
        ]
        await self._canary.sign_up(f"canary.{self.seed % 1000}")
        for some in range(0, count, 4):
            await asyncio.gather(*(each.client.sign_up(f"p{each.number}") for each in self.people[some : some + 4]))
        for person in self.people:
            person.others = [other for other in self.people if other is not person]
            for step in range(1, min(FOLLOWEES, count - 1) + 1):
                await person.follow(self.people[(person.number + step) % count])
        for person in self.people:
            await person.start(self.people[(person.number + 1) % count])
        await self.people[0].start(*self.people[1:])
        self.listeners = [
            Listener(person, self.balancer.next, self.chance(f"listener {person.number}"))
            for person in self.people[:listeners]
        ]
        for listener in self.listeners:
            await listener.begin()

    async def run(self, pause_s: float, faults: Iterable[tuple[float, Sequence[Fault]]]) -> None:
        """Have people act while these faults strike, each after its pause. Ends when people have ended what they do."""
        self.began = time.monotonic()
        listening = [asyncio.create_task(each.run(), name="listener") for each in self.listeners]
        acting = [asyncio.create_task(each.act(pause_s, self._calm), name="person") for each in self.people]
        self._tasks += listening
        striker = Striker(self.cluster, self.poison)
        try:
            for pause, together in faults:
                await asyncio.sleep(pause)
                await self._strike(striker, tuple(together))
                for task in (*listening, *acting):
                    if task.done():
                        task.result()
            await asyncio.sleep(pause_s)
        finally:
            self._calm.set()
            await asyncio.gather(*acting)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    async def _strike(self, striker: Striker, faults: tuple[Fault, ...]) -> None:
        strike = Strike(faults, time.monotonic())
        self.strikes.append(strike)
        self.say(" and ".join(map(str, faults)))
        for outcome in await asyncio.gather(*map(striker.strike, faults), return_exceptions=True):
            if isinstance(outcome, Violated):
                self.violated(str(outcome))
            elif isinstance(outcome, BaseException):
                raise outcome
        ended = time.monotonic()
        for fault in faults:
            if fault.target in self.cluster.processes:
                await self._back(fault.target, ended)
        strike.back = time.monotonic()
        while not await self._is_healthy():
            if time.monotonic() - strike.back > GIVEN_UP_S:
                break
            await asyncio.sleep(0.2)
        strike.healthy = time.monotonic()
        took = strike.healthy - strike.back
        self.say(f"  back after {strike.back - ended:.1f} s, healthy {took:.1f} s later")
        if took > RECOVERED_WITHIN_S:
            self.violated(f"after {' and '.join(map(str, faults))} it took {took:.1f} s to recover")

    async def _back(self, name: str, since: float) -> None:
        """Wait until a part works. Raises Violated where it does not come back: the run ends then."""
        while not await self.cluster.works(name):
            if time.monotonic() - since > BACK_WITHIN_S:
                raise Violated(f"{name} does not work {BACK_WITHIN_S:.0f} s after the fault")
            await asyncio.sleep(0.2)

    async def _is_healthy(self) -> bool:
        """Whether each web process says that all parts are there, reads a feed and writes."""
        return all(await asyncio.gather(*map(self._serves, WEBS)))

    async def _serves(self, web: str) -> bool:
        url = self.cluster.url(web)
        try:
            async with http_client(timeout=3) as http:
                answer = await http.get(f"{url}/readyz?verbose")
            if not all(json.loads(answer.content)["parts"].values()):
                return False
        except (httpx.HTTPError, ValueError, KeyError):
            return False
        await self._canary.renew()
        feed = {"query": FEED, "variables": {"first": 5}}
        bio = {"query": PROFILE, "variables": {"input": {"bio": f"alive at {time.monotonic():.1f}"}}}
        for name, body, kind in (("canary feed", feed, "canary"), ("canary write", bio, "canary")):
            outcome, _, _ = await self._canary.once(name, body, kind, url)
            if outcome != OK:
                return False
        return True
