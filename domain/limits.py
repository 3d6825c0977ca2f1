"""Rate limits: budgets per field and per user or network. Owns the keys `limit:*`.

Fields of the schema declare their budgets; a budget that belongs to no field is declared beside the code that spends
it.

The generic cell rate algorithm (ATM Forum TM 4.0, 1996; https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm): a
sliding window in one number a key. `count` may come at once; after that, one every `per / count` seconds.

While Redis is away each process counts alone, beginning with whole budgets.
"""

from collections.abc import Mapping

import msgspec

from clients.redis import AWAY, Redis
from domain.redis_keys import RedisKey
from kit.clock import Clock
from kit.errors import RateLimited

_SPEND = """
local now, interval, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local due = tonumber(redis.call('GET', KEYS[1]) or '0')
if due < now or due > now + window then due = now end -- beyond the window: the clock was set back
due = due + interval
if due - now > window then return math.ceil(due - now - window) end
redis.call('SET', KEYS[1], due, 'PX', math.ceil(due - now) + 1)
return 0
"""
REFUND = """
local due = redis.call('GET', KEYS[1])
if due then redis.call('SET', KEYS[1], tonumber(due) - tonumber(ARGV[1]), 'KEEPTTL') end
return 0
"""
"""Script that refunds ARGV[1] milliseconds to a bucket, which is stored as the instant until which it is spent."""


REDIS_KEYS = (
    RedisKey(
        "limit:<field>:{<user or network>}",
        "string",
        "until the budget is whole again",
        "when a budget is whole again, in ms",
        "budgets are whole",
    ),
)


class Budget(msgspec.Struct, frozen=True):
    """`count` uses per `per` seconds."""

    count: int
    per: int

    @property
    def interval(self) -> float:
        """The cost of one use, in milliseconds."""
        return self.per * 1000 / self.count


GENERAL = Budget(600, per=3600)
"""The budget of each mutation that declares no other."""


def budgets(
    settings: Mapping[str, str], declared: Mapping[str, Budget], points: Mapping[str, Budget]
) -> dict[str, Budget]:
    """Return the budgets with overrides from settings of the form {"signUp": "count/seconds"}.

    "*" overrides GENERAL and each of those `declared` that is not named; budgets of `points` are overridden by name
    only. Raises ValueError for the first setting with an unknown name or another form.
    """
    counted = {**declared, "*": GENERAL}
    parsed: dict[str, Budget] = {}
    for name, text in settings.items():
        count, _, seconds = text.partition("/")
        if name not in {**counted, **points} or not (
            count.isdigit() and seconds.isdigit() and int(count) and int(seconds)
        ):
            names = ", ".join([*sorted(counted), *points])
            raise ValueError(f"{name}={text}: expected one of {names} and COUNT/SECONDS")
        parsed[name] = Budget(int(count), int(seconds))
    base = dict.fromkeys(counted, parsed["*"]) if "*" in parsed else counted
    return {**base, **points, **parsed}


MAX_LOCAL = 100_000
"""The maximum number of budgets of a process while Redis is away; the oldest is evicted."""


class _Local:
    """The same algorithm in this process."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}

    def spend(self, key: str, budget: Budget, now: float) -> float:
        """Return the milliseconds to wait; 0 if one use was counted."""
        window = budget.per * 1000
        due = self._due.get(key, 0.0)
        due = (now if due < now or due > now + window else due) + budget.interval
        if due - now > window:
            return due - now - window
        if key not in self._due and len(self._due) >= MAX_LOCAL:
            self._due.pop(next(iter(self._due)))
        self._due[key] = due
        return 0.0

    def refund(self, key: str, budget: Budget) -> None:
        """Refund one `spend`."""
        if key in self._due:
            self._due[key] -= budget.interval


class Limits:
    """Spends budgets in Redis, or in this process while Redis is away."""

    def __init__(self, redis: Redis, budgets: Mapping[str, Budget], clock: Clock) -> None:
        self._redis = redis
        self._budgets = budgets
        self._clock = clock
        self._local = _Local()
        self._spend = redis.register_script(_SPEND)
        self._refund = redis.register_script(REFUND)

    def budget(self, name: str) -> Budget:
        """Return the budget of `name`, or GENERAL if it has none of its own."""
        return self._budgets.get(name) or self._budgets["*"]

    async def spend(self, name: str, who: str) -> None:
        """Count one use of `name` by `who`. Raises RateLimited, and counts nothing, if the budget is spent."""
        budget = self.budget(name)
        now = self._clock().timestamp() * 1000
        key = _key(name, who)
        try:
            wait = float(await self._spend(keys=[key], args=[now, budget.interval, budget.per * 1000]))
        except AWAY:
            wait = self._local.spend(key, budget, now)
        if wait:
            raise RateLimited(wait / 1000)

    async def refund(self, name: str, who: str) -> None:
        """Refund one `spend`."""
        key, budget = _key(name, who), self.budget(name)
        try:
            await self._refund(keys=[key], args=[budget.interval])
        except AWAY:
            self._local.refund(key, budget)


def _key(name: str, who: str) -> str:
    return f"limit:{name}:{{{who}}}"
