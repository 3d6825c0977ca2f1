"""Budgets slide, are counted once and are each their owner's."""

import secrets

import pytest

from clients import redis
from domain.limits import GENERAL, Budget, Limits, budgets
from kit.errors import RateLimited
from tests.conftest import Clock
from workers.parts import Parts

BUDGETS = {"do": Budget(4, 60), "*": Budget(2, 60)}


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def spent(limits: Limits, name: str, who: str, most: int = 20) -> int:
    """How often in a row it may be done now."""
    for count in range(most):
        try:
            await limits.spend(name, who)
        except RateLimited:
            return count
    return most


async def test_a_budget_comes_back_little_by_little(parts: Parts, clock: Clock) -> None:
    limits, who = Limits(parts.redis, BUDGETS, clock), secrets.token_hex(8)
    assert await spent(limits, "do", who) == 4
    with pytest.raises(RateLimited) as refused:
        await limits.spend("do", who)
    assert 14 < refused.value.retry_after <= 15
    assert 15 <= refused.value.extensions["retryAfter"] <= 16  # type: ignore[operator]
    with clock.moved(seconds=15.1):
        assert await spent(limits, "do", who) == 1
    with clock.moved(seconds=300):
        assert await spent(limits, "do", who) == 4


async def test_budgets_are_apart(parts: Parts, clock: Clock) -> None:
    limits, who = Limits(parts.redis, BUDGETS, clock), secrets.token_hex(8)
    await spent(limits, "do", who)
    assert await spent(limits, "do", who + "x") == 4
    assert await spent(limits, "anything else", who) == 2


async def test_a_refund(parts: Parts, clock: Clock) -> None:
    limits, who = Limits(parts.redis, BUDGETS, clock), secrets.token_hex(8)
    for _ in range(10):
        await limits.spend("do", who)
        await limits.refund("do", who)
    assert await spent(limits, "do", who) == 4


async def test_a_clock_that_is_set_back_locks_nobody_out(parts: Parts, clock: Clock) -> None:
    limits, who = Limits(parts.redis, BUDGETS, clock), secrets.token_hex(8)
    with clock.moved(days=1):
        assert await spent(limits, "do", who) == 4
    assert await spent(limits, "do", who) == 4


async def test_process_counts_by_itself_while_redis_is_away(clock: Clock) -> None:
    away = redis.connect("redis://127.0.0.1:1/0", breaks=True)
    limits, who = Limits(away, BUDGETS, clock), secrets.token_hex(8)
    assert await spent(limits, "do", who) == 4
    assert await spent(limits, "do", who + "x") == 4
    await limits.refund("do", who)
    assert await spent(limits, "do", who) == 1
    with clock.moved(seconds=15.1):
        assert await spent(limits, "do", who) == 1
    with clock.moved(seconds=300):
        assert await spent(limits, "do", who) == 4
    assert await spent(limits, "do", who) == 4, "the clock was set back"
    await away.aclose()


def test_settings() -> None:
    declared = {"signUp": Budget(20, per=3600), "follow": Budget(200, per=3600)}
    points = {"points": Budget(300_000, per=60)}
    assert budgets({}, declared, points) == {**declared, **points, "*": GENERAL}
    assert budgets({"signUp": "5/60"}, declared, points)["signUp"] == Budget(5, 60)
    overlaid = budgets({"*": "9/60", "signUp": "5/60"}, declared, points)
    assert (overlaid["follow"], overlaid["signUp"], overlaid["*"]) == (Budget(9, 60), Budget(5, 60), Budget(9, 60))
    assert overlaid["points"] == points["points"], "a budget of points is no number of mutations"
    assert budgets({"points": "7/60"}, declared, points)["points"] == Budget(7, 60)
    for wrong in ({"signUp": "often"}, {"signUp": "0/60"}, {"nonsense": "1/1"}, {"signUp": "5"}):
        with pytest.raises(ValueError, match="COUNT/SECONDS"):
            budgets(wrong, declared, points)
