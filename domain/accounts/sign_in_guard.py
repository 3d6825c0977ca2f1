"""Who may try to sign in. Owns the keys `signin:*`.

A failure counts for the account, whichever login name was used, and for the network it comes from
(`kit.addresses.network_of`). Networks from which the account was signed in to not long ago are known: failures from
elsewhere do not concern them, so nobody is locked out by others. From other networks, once an account has had too many
failures, each has to wait before it may try, longer with every failure. The wait is per network: the owner of
the account gets in after it, however many others try.

Names that no account has are counted in the same way, and answered the same.

While Redis is away no network is known and no delay grows: what remains are the budgets of `domain/limits`, which each
process then counts by itself.
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
"""Networks that are kept for an account; the one that was used longest ago goes first."""
MAX_DELAY = timedelta(minutes=15)
_GRACE = timedelta(minutes=15)
"""For how long a network that has waited may use its try."""
_MAX_OVER = 16
"""Failures above the ceiling that are counted: after an attack an account is soon as it was."""

# A leaky bucket like that of `domain/limits` that refuses nobody by itself: its level above the ceiling makes the
# delay.
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
    """A try that has been admitted and is counted as a failure; `is_known` where its network is."""

    subject: str
    network: str
    is_known: bool


class SignInGuard:
    """Admits tries, and remembers the networks of those that succeed."""

    def __init__(self, redis: Redis, limits: Limits, clock: Clock) -> None:
        self._redis = redis
        self._limits = limits
        self._clock = clock
        self._admit = redis.register_script(_ADMIT)
        self._take_back = redis.register_script(REFUND)

    async def admit(self, user_id: int | None, login: str, network: str) -> Attempt:
        """Count a try to sign in to an account, None for a login that no account has. Raises RateLimited.

        It counts as a failure until it is taken back, so that no number of tries at once is too many.
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
        """It was no failure."""
        await self._refund(attempt)
        if not attempt.is_known:
            budget = self._limits.budget("signInFailuresPerAccount")
            with suppress(*NOT_DONE):
                await self._take_back(keys=[_level_key(attempt.subject)], args=[budget.interval])

    async def remember(self, user_id: int, network: str) -> None:
        """Somebody has signed in to the account from this network. Nothing is lost but time where Redis is away."""
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
        """Milliseconds for which a network that is not known has to wait; 0 counts the try.

        0 as well while Redis is away.
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
    """Forget the networks of an account that is gone."""
    await redis.delete(_known_key(_subject(user_id, "")))


def _subject(user_id: int | None, login: str) -> str:
    """What failures are counted for: the account, or a name that none has."""
    if user_id is not None:
        return f"id {user_id}"
    return f"login {hashlib.sha256(login.encode(errors='surrogatepass')).hexdigest()[:32]}"


def _known_key(subject: str) -> str:
    return f"signin:known:{{{subject}}}"


def _level_key(subject: str) -> str:
    return f"signin:failures:{{{subject}}}"


def _ms(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)
