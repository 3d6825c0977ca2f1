"""Budgets of points refill, belong to a person and a network, and are shared between processes."""

import secrets
from ipaddress import IPv6Address
from typing import Any

import pytest

from clients import redis
from domain.limits import Budget
from domain.read_budget import MAX_ENTRIES, Left, ReadBudget
from kit.addresses import network_of
from kit.errors import RateLimited
from tests.conftest import Clock
from workers.parts import Parts

BUDGETS = {"points": Budget(600, 60), "pointsByAddress": Budget(6000, 60)}


@pytest.fixture
def clock() -> Clock:
    return Clock()


def somebody() -> int:
    return secrets.randbits(40)


def somewhere() -> str:
    return str(IPv6Address(secrets.randbits(128)))


async def test_points_come_back_little_by_little(parts: Parts, clock: Clock) -> None:
    reads, who, where = ReadBudget(parts.redis, BUDGETS, clock), somebody(), somewhere()
    left = reads.spend(who, where, 400)
    assert (left.limit, left.remaining) == (600, 200)
    assert left.reset_after == pytest.approx(40, abs=0.1)
    with pytest.raises(RateLimited) as refused:
        reads.spend(who, where, 300)
    assert refused.value.retry_after == pytest.approx(10, abs=0.1)
    assert reads.spend(who, where, 100).remaining == pytest.approx(100, abs=1), "a refusal costs nothing"
    with clock.moved(seconds=21):
        assert reads.spend(who, where, 300).remaining == pytest.approx(10, abs=1)


async def test_an_operation_above_the_budget_runs_when_it_is_whole(parts: Parts, clock: Clock) -> None:
    reads, who, where = ReadBudget(parts.redis, BUDGETS, clock), somebody(), somewhere()
    assert reads.spend(who, where, 900).remaining == 0
    with pytest.raises(RateLimited) as refused:
        reads.spend(who, where, 900)
    assert refused.value.retry_after == pytest.approx(90, abs=0.1)
    with clock.moved(seconds=90.1):
        reads.spend(who, where, 900)


async def test_a_clock_that_was_set_back_refuses_nobody(parts: Parts, clock: Clock) -> None:
    reads, who, where = ReadBudget(parts.redis, BUDGETS, clock), somebody(), somewhere()
    with clock.moved(hours=1):
        reads.spend(who, where, 500)
        await reads.sync()
    assert reads.spend(who, where, 500).remaining == pytest.approx(100, abs=1)
    await reads.sync()
    other = ReadBudget(parts.redis, BUDGETS, clock)
    other.spend(who, where, 50)
    await other.sync()
    assert other.spend(who, where, 10).remaining == pytest.approx(40, abs=5)


async def test_nobody_waits_for_more_than_two_budgets(parts: Parts, clock: Clock) -> None:
    reads, who, where = ReadBudget(parts.redis, BUDGETS, clock), somebody(), somewhere()
    reads.spend(who, where, 6000)
    for _ in range(2):
        with pytest.raises(RateLimited) as refused:
            reads.spend(who, where, 6000)
        assert refused.value.retry_after == pytest.approx(120, abs=1)
        await reads.sync()


async def test_people_of_one_network_share_its_budget(parts: Parts, clock: Clock) -> None:
    reads, where = ReadBudget(parts.redis, BUDGETS, clock), somewhere()
    for _ in range(10):
        reads.spend(somebody(), where, 600)
    with pytest.raises(RateLimited):
        reads.spend(somebody(), where, 600)
    neighbour = str(IPv6Address(int(IPv6Address(where)) ^ 1))
    with pytest.raises(RateLimited):
        reads.spend(somebody(), neighbour, 600)
    reads.spend(somebody(), somewhere(), 600)


async def test_signed_out_people_have_the_budget_of_one_person_for_each_network(parts: Parts, clock: Clock) -> None:
    reads, where = ReadBudget(parts.redis, BUDGETS, clock), somewhere()
    reads.spend(0, where, 600)
    with pytest.raises(RateLimited):
        reads.spend(0, where, 10)
    reads.spend(somebody(), where, 600)
    reads.spend(0, somewhere(), 600)


async def test_processes_share_a_budget(parts: Parts, clock: Clock) -> None:
    one, other = (ReadBudget(parts.redis, BUDGETS, clock) for _ in range(2))
    who, where = somebody(), somewhere()
    one.spend(who, where, 400)
    await one.sync()
    other.spend(who, where, 100)
    await other.sync()
    assert other.spend(who, where, 50).remaining == pytest.approx(50, abs=1)
    await other.sync()
    one.spend(who, where, 10)
    await one.sync()
    with pytest.raises(RateLimited):
        one.spend(who, where, 50)


async def test_a_refund_after_it_was_told_leaves_others_alone(parts: Parts, clock: Clock) -> None:
    """Redis must take it, though less than nothing was spent since."""
    one, other = (ReadBudget(parts.redis, BUDGETS, clock) for _ in range(2))
    who, neighbour, where = somebody(), somebody(), somewhere()
    one.spend(neighbour, somewhere(), 60)
    one.spend(who, where, 300)
    await one.sync()
    one.spend(neighbour, somewhere(), 60)
    one.refund(who, where, 300)
    for _ in range(3):
        await one.sync()
    other.spend(neighbour, somewhere(), 1)
    await other.sync()
    assert other.spend(neighbour, somewhere(), 1).remaining == pytest.approx(478, abs=2)
    assert one.spend(who, where, 1).remaining == pytest.approx(599, abs=1)
    other.spend(who, where, 1)
    await other.sync()
    assert other.spend(who, where, 1).remaining == pytest.approx(598, abs=2), "other processes learn of a refund"


async def test_work_that_is_done_is_charged_though_it_exceeds_the_budget(parts: Parts, clock: Clock) -> None:
    reads, who, where = ReadBudget(parts.redis, BUDGETS, clock), somebody(), somewhere()
    reads.take(who, where, 900)
    with pytest.raises(RateLimited):
        reads.spend(who, where, 1)


async def test_events_have_a_budget_of_their_own(parts: Parts, clock: Clock) -> None:
    reads, who, where = ReadBudget(parts.redis, BUDGETS, clock), somebody(), somewhere()
    for _ in range(6):
        reads.spend_event(who, 100)
    with pytest.raises(RateLimited):
        reads.spend_event(who, 100)
    reads.spend(who, where, 600)


async def test_spending_while_redis_is_told_is_not_lost(parts: Parts, clock: Clock) -> None:
    reads, who, where = ReadBudget(parts.redis, BUDGETS, clock), somebody(), somewhere()
    for _ in range(6):
        reads.spend(who, where, 90)
        await reads.sync()
        await reads.sync()
    assert reads.spend(who, where, 10).remaining == pytest.approx(50, abs=2)


async def test_what_is_spent_while_redis_answers_is_told_next(
    parts: Parts, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, other = (ReadBudget(parts.redis, BUDGETS, clock) for _ in range(2))
    who, where = somebody(), somewhere()
    tell = reads._sync

    async def slow(**arguments: Any) -> Any:
        answers = await tell(**arguments)
        reads.spend(who, where, 100)
        return answers

    reads.spend(who, where, 200)
    monkeypatch.setattr(reads, "_sync", slow)
    await reads.sync()
    monkeypatch.undo()
    await reads.sync()
    other.spend(who, where, 10)
    await other.sync()
    assert other.spend(who, where, 10).remaining == pytest.approx(280, abs=2)


async def test_a_process_counts_by_itself_while_redis_is_away(clock: Clock) -> None:
    away = redis.connect("redis://127.0.0.1:1/0")
    reads, who, where = ReadBudget(away, BUDGETS, clock), somebody(), somewhere()
    reads.spend(who, where, 400)
    with pytest.raises(redis.RedisError):
        await reads.sync()
    with pytest.raises(RateLimited):
        reads.spend(who, where, 300)
    await away.aclose()


async def test_what_is_kept_is_bounded_and_forgotten(parts: Parts, clock: Clock) -> None:
    reads, where = ReadBudget(parts.redis, BUDGETS, clock), somewhere()
    reads.spend(somebody(), where, 10)
    await reads.sync()
    with clock.moved(seconds=70):
        await reads.sync()
        assert reads.count == 0
    for _ in range(3):
        reads.spend(somebody(), where, 0)
    assert reads.count == 4 <= MAX_ENTRIES


def test_what_is_left_is_of_the_scarcer_budget(parts: Parts, clock: Clock) -> None:
    reads = ReadBudget(parts.redis, {**BUDGETS, "pointsByAddress": Budget(60, 60)}, clock)
    assert reads.spend(somebody(), somewhere(), 30) == Left(60, 30, 30.0)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_the_network_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network
