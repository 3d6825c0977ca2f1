"""Read budgets: cost points for each user and each network. Owns the keys `limit:points:*`.

The generic cell rate algorithm (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm), kept in this process and
reconciled with Redis in the background: reading costs no round trip. Processes learn of each other's spending within
SYNC_S, so a user who reads from several processes at once can exceed the budget by what is spent in that time. While
Redis is away each process counts alone.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from clients.redis import NOT_DONE, Redis
from domain.limits import Budget
from domain.redis_keys import RedisKey
from kit.addresses import network_of
from kit.clock import Clock
from kit.errors import RateLimited

BUDGETS = {"points": Budget(300_000, per=60), "pointsByAddress": Budget(1_500_000, per=60)}
"""Cost points for each user (each network if signed out), and for each network, all its users together."""
SYNC_S = 0.25
MAX_ENTRIES = 100_000
MAX_DEBT_WINDOWS = 2
"""The maximum wait in whole budgets, however expensive an operation was."""

SET_BACK_WINDOWS = 3
"""A longer wait than that means that the clock was set back: the budget is whole again."""

_SYNC = f"""
local answers = {{}}
for n, key in ipairs(KEYS) do
  local now, spent, window = tonumber(ARGV[3 * n - 2]), tonumber(ARGV[3 * n - 1]), tonumber(ARGV[3 * n])
  local due = tonumber(redis.call('GET', key) or '0')
  if due > now + {SET_BACK_WINDOWS} * window then due = now end -- the clock was set back
  due = math.max(math.min(math.max(due, now) + spent, now + {MAX_DEBT_WINDOWS} * window), now) -- refunds are negative
  redis.call('SET', key, string.format('%.3f', due), 'PX', math.ceil(due - now) + 1)
  answers[n] = string.format('%.3f', due)
end
return answers
"""

log = logging.getLogger(__name__)


REDIS_KEYS = (
    RedisKey(
        "limit:points:{<user or network>}",
        "string",
        "until the budget is whole again",
        "when a budget of cost points is whole again, in ms",
        "each process goes on with what it knows",
    ),
)


class Left(msgspec.Struct, frozen=True):
    """The state of a budget: `limit` and `remaining` in points, `reset_after` in seconds until it is whole again."""

    limit: int
    remaining: int
    reset_after: float


@dataclass(slots=True)
class _Account:
    """Spending under one key, in milliseconds: spent until `due`, of which `unsynced` is not known to Redis."""

    window: float
    due: float = 0.0
    unsynced: float = 0.0


class ReadBudget:
    """The budgets of a process. `run` must run in the background."""

    def __init__(self, redis: Redis, budgets: Mapping[str, Budget], clock: Clock) -> None:
        self._person = budgets["points"]
        self._address = budgets["pointsByAddress"]
        self._clock = clock
        self._sync = redis.register_script(_SYNC)
        self._accounts: dict[str, _Account] = {}
        self._is_reported = False

    @property
    def count(self) -> int:
        """Return the number of users and networks with recent spending in this process."""
        return len(self._accounts)

    def spend(self, viewer_id: int, address: str, points: int) -> Left:
        """Count points of a user (0: signed out) at an address. Raises RateLimited, and counts nothing.

        An operation that costs more than a whole budget is admitted while the budget is whole.
        """
        charged = self._charged(viewer_id, address)
        now = self._now_ms()
        for key, budget in charged:
            self._check(key, budget, points, now)
        left = [self._charge(key, budget, points, now) for key, budget in charged]
        return min(left, key=lambda each: each.remaining / each.limit)

    def take(self, viewer_id: int, address: str, points: int) -> None:
        """Count points for completed work: the next operation waits until the budget has room again."""
        now = self._now_ms()
        for key, budget in self._charged(viewer_id, address):
            self._charge(key, budget, points, now)

    def spend_event(self, viewer_id: int, points: int) -> None:
        """Count an event of a subscription, from a budget of its own as large as that of reads. Raises RateLimited.

        Others cause events: what they do must not use up what a person may read.
        """
        key, now = f"limit:points:{{events {viewer_id}}}", self._now_ms()
        self._check(key, self._person, points, now)
        self._charge(key, self._person, points, now)

    def _now_ms(self) -> float:
        return self._clock().timestamp() * 1000

    def refund(self, viewer_id: int, address: str, points: int) -> None:
        """Refund the points of an operation that was refused for another reason."""
        for key, budget in self._charged(viewer_id, address):
            if (account := self._accounts.get(key)) is not None:
                account.due -= points * budget.interval
                account.unsynced -= points * budget.interval

    def _charged(self, viewer_id: int, address: str) -> list[tuple[str, Budget]]:
        network = network_of(address)
        who = str(viewer_id) if viewer_id else f"signed out {network}"
        return [(f"limit:points:{{{who}}}", self._person), (f"limit:points:{{{network}}}", self._address)]

    def _check(self, key: str, budget: Budget, points: int, now: float) -> None:
        account = self._accounts.get(key)
        window = budget.per * 1000
        if account is None or account.due <= now or account.due > now + SET_BACK_WINDOWS * window:
            return
        wait = account.due + points * budget.interval - now - window
        if wait > 0:
            raise RateLimited(min(wait, account.due - now) / 1000)

    def _charge(self, key: str, budget: Budget, points: int, now: float) -> Left:
        account = self._accounts.get(key)
        if account is None:
            if len(self._accounts) >= MAX_ENTRIES:
                self._accounts.pop(next(iter(self._accounts)))
            account = self._accounts[key] = _Account(budget.per * 1000)
        spent = points * budget.interval
        due = now if account.due > now + SET_BACK_WINDOWS * account.window else max(account.due, now)
        account.due = min(due + spent, now + MAX_DEBT_WINDOWS * account.window)
        account.unsynced += spent
        remaining = (account.window - (account.due - now)) / budget.interval
        return Left(budget.count, max(int(remaining), 0), round((account.due - now) / 1000, 3))

    async def run(self) -> None:
        """Reconcile with Redis periodically, until cancelled."""
        while True:
            await asyncio.sleep(SYNC_S)
            try:
                async with asyncio.timeout(5):
                    await self.sync()
                self._is_reported = False
            except NOT_DONE as error:
                if not self._is_reported:
                    log.warning("read budgets are not shared with other processes while Redis is away: %r", error)
                self._is_reported = True
            except Exception:
                log.exception("read budgets could not be reconciled")

    async def sync(self) -> None:
        """Send this process's spending to Redis, and read that of others. Raises what Redis raises."""
        now = self._now_ms()
        for key, account in list(self._accounts.items()):
            if account.due <= now and not account.unsynced:
                del self._accounts[key]
        told = [(key, account, account.unsynced) for key, account in self._accounts.items() if account.unsynced]
        for start in range(0, len(told), 100):
            some = told[start : start + 100]
            numbers = [number for _, account, spent in some for number in (now, spent, account.window)]
            answers = await self._sync(keys=[key for key, _, _ in some], args=numbers)
            for (_, account, spent), due in zip(some, answers, strict=True):
                account.unsynced -= spent
                account.due = float(due) + account.unsynced
