"""Rate limits of sign-in attempts. Owns the keys `signin:*`.

A failure counts for the account, under any of its login names, and for the network it comes from
(`kit.addresses.network_of`). Networks from which the account was recently signed in to are known: failures from
elsewhere do not affect them, so other people cannot lock a user out. After too many failures, each other network has to
wait before its next attempt, longer with every failure. The wait is per network: the owner of the account gets in after
it, regardless of how many others try.

Names that belong to no account are counted and answered in the same way.

While Redis is away no network is known and no delay grows. Only the budgets of `domain/limits` remain, which each
process then counts alone.
"""

import hashlib
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from clients.redis import AWAY, NOT_DONE, Redis
from domain.limits import REFUND, Budget, Limits
from domain.redis_keys import RedisKey
from kit.clock import Clock
from kit.errors import RateLimited

log = logging.getLogger(__name__)

BUDGETS = {
    "signInFailures": Budget(10, per=900),
    "signInFailuresPerNetwork": Budget(50, per=900),
    "signInFailuresPerAccount": Budget(20, per=3600),
}
"""For an account and a network together, for a network, and for an account from networks that are not known."""
KNOWN_FOR = timedelta(days=30)
MAX_KNOWN = 32
"""The maximum number of known networks of an account; the least recently used one is evicted."""
MAX_DELAY = timedelta(minutes=15)
_GRACE = timedelta(minutes=15)
"""How long a network that has waited may use its attempt."""
_MAX_OVER = 16
"""The maximum number of counted failures above the ceiling: the delays of an account end soon after an attack."""

# A leaky bucket like that of `domain/limits`, but without refusals: its level above the ceiling sets the delay.
_ADMIT = """
local now, interval, ceiling = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local max_delay, grace, most = tonumber(ARGV[4]), tonumber(ARGV[5]), ceiling + tonumber(ARGV[6])
local due = tonumber(redis.call('GET', KEYS[1]) or '0')
if due < now or due > now + (most + 1) * interval then due = now end -- beyond: the clock was set back
local over = math.ceil((due - now) / interval) + 1 - ceiling
if over > 0 then
  local ready = tonumber(redis.call('GET', KEYS[2]))
  if not ready or ready - now > max_delay then
    local delay = math.min(max_delay, 1000 * 2 ^ over)
    redis.call('SET', KEYS[2], now + delay, 'PX', math.ceil(delay + grace))
    return math.ceil(delay)
  end
  if now < ready then return math.ceil(ready - now) end
  redis.call('DEL', KEYS[2])
end
due = math.min(due + interval, now + most * interval)
redis.call('SET', KEYS[1], due, 'PX', math.ceil(due - now) + 1)
return 0
"""


REDIS_KEYS = (
    RedisKey(
        "signin:known:{<account>}",
        "zset",
        KNOWN_FOR,
        "networks from which the account was signed in to",
        "everybody is new once",
    ),
    RedisKey(
        "signin:failures:{<account or login>}",
        "string",
        "until the failures are forgotten",
        "failed sign-ins from networks that are not known",
        "delays start again",
    ),
    RedisKey(
        "signin:wait:{<account or login>}:<network>",
        "string",
        MAX_DELAY + _GRACE,
        "when that network may try next",
        "delays start again",
    ),
)


@dataclass
class Attempt:
    """An admitted attempt, counted as a failure; `is_known` says whether its network is known."""

    subject: str
    network: str
    is_known: bool


class SignInGuard:
    """Admits attempts, and remembers the networks of successful ones."""

    def __init__(self, redis: Redis, limits: Limits, clock: Clock) -> None:
        self._redis = redis
        self._limits = limits
        self._clock = clock
        self._admit = redis.register_script(_ADMIT)
        self._take_back = redis.register_script(REFUND)

    async def admit(self, user_id: int | None, login: str, network: str) -> Attempt:
        """Count an attempt to sign in to an account (None: no account has this login). Raises RateLimited.

        It counts as a failure until it is refunded, so that concurrent attempts cannot exceed the limit.
        """
        subject = _subject(user_id, login)
        known_until = None
        with suppress(*AWAY):
            known_until = await self._redis.zscore(_known_key(subject), network)
        attempt = Attempt(subject, network, known_until is not None and known_until > self._now())
        await self._limits.spend("signInFailures", f"{subject}|{network}")
        if attempt.is_known:
            return attempt
        try:
            await self._limits.spend("signInFailuresPerNetwork", network)
        except RateLimited:
            await self._limits.refund("signInFailures", f"{subject}|{network}")
            raise
        wait = await self._delay(attempt)
        if wait:
            await self._refund(attempt)
            raise RateLimited(wait / 1000)
        return attempt

    async def take_back(self, attempt: Attempt) -> None:
        """Refund an attempt that was not a failure."""
        await self._refund(attempt)
        if not attempt.is_known:
            budget = self._limits.budget("signInFailuresPerAccount")
            with suppress(*NOT_DONE):
                await self._take_back(keys=[_level_key(attempt.subject)], args=[budget.interval])

    async def remember(self, user_id: int, network: str) -> None:
        """Record a successful sign-in from this network. While Redis is away, only convenience is lost."""
        key = _known_key(_subject(user_id, ""))
        pipe = self._redis.pipeline(transaction=False)
        pipe.zadd(key, {network: self._now() + KNOWN_FOR.total_seconds() * 1000})
        pipe.zremrangebyrank(key, 0, -MAX_KNOWN - 1)
        pipe.expire(key, KNOWN_FOR)
        try:
            await pipe.execute()
        except NOT_DONE as error:
            log.warning("sign-in: the network of an account is not remembered: %r", error)

    async def _delay(self, attempt: Attempt) -> int:
        """Return the milliseconds for which an unknown network has to wait; 0 counts the attempt.

        Returns 0 while Redis is away.
        """
        budget = self._limits.budget("signInFailuresPerAccount")
        numbers = (self._now(), budget.interval, budget.count, _ms(MAX_DELAY), _ms(_GRACE), _MAX_OVER)
        keys = [_level_key(attempt.subject), f"signin:wait:{{{attempt.subject}}}:{attempt.network}"]
        try:
            return int(await self._admit(keys=keys, args=list(numbers)))
        except AWAY:
            return 0

    async def _refund(self, attempt: Attempt) -> None:
        await self._limits.refund("signInFailures", f"{attempt.subject}|{attempt.network}")
        if not attempt.is_known:
            await self._limits.refund("signInFailuresPerNetwork", attempt.network)

    def _now(self) -> float:
        return self._clock().timestamp() * 1000


async def forget(redis: Redis, user_id: int) -> None:
    """Forget the networks of a deleted account."""
    await redis.delete(_known_key(_subject(user_id, "")))


def _subject(user_id: int | None, login: str) -> str:
    """Return the name under which failures are counted: the account, or a login that no account has."""
    if user_id is not None:
        return f"id {user_id}"
    return f"login {hashlib.sha256(login.encode(errors='surrogatepass')).hexdigest()[:32]}"


def _known_key(subject: str) -> str:
    return f"signin:known:{{{subject}}}"


def _level_key(subject: str) -> str:
    return f"signin:failures:{{{subject}}}"


def _ms(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)
