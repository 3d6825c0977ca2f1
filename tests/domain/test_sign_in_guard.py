"""Failures elsewhere slow strangers down, and nobody who is known."""

import asyncio
import secrets
from datetime import timedelta

import pytest

from clients.redis import connect
from domain.accounts.sign_in_guard import KNOWN_FOR, MAX_DELAY, MAX_KNOWN, SignInGuard, forget
from domain.limits import Budget, Limits
from kit import deadline
from kit.errors import RateLimited
from tests.conftest import Clock
from workers.parts import Parts

CEILING = 4
BUDGETS = {
    "signInFailures": Budget(10, 900),
    "signInFailuresPerNetwork": Budget(50, 900),
    "signInFailuresPerAccount": Budget(CEILING, 3600),
    "*": Budget(9, 9),
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(parts: Parts, clock: Clock) -> SignInGuard:
    return SignInGuard(parts.redis, Limits(parts.redis, BUDGETS, clock), clock)


@pytest.fixture
def user_id() -> int:
    return secrets.randbits(62)


def somewhere() -> str:
    return f"2001:db8:{secrets.randbits(16):x}:{secrets.randbits(16):x}::/64"


async def wait_of(guard: SignInGuard, user_id: int | None, network: str, login: str = "") -> float:
    """For how long a try has to wait; 0 where it is admitted and so counts as a failure."""
    try:
        await guard.admit(user_id, login, network)
    except RateLimited as refused:
        return refused.retry_after
    return 0


async def attack(guard: SignInGuard, user_id: int | None, login: str = "", count: int = CEILING) -> None:
    for _ in range(count):
        assert await wait_of(guard, user_id, somewhere(), login) == 0


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Stands for a Redis that hangs."""
    await reader.read()
    writer.close()


async def test_a_sign_in_that_is_done_does_not_fail_for_a_redis_that_hangs(clock: Clock, user_id: int) -> None:
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        redis = connect(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", wait=1)
        with deadline.within(0.2):
            await SignInGuard(redis, Limits(redis, BUDGETS, clock), clock).remember(user_id, somewhere())
        await redis.aclose()


async def test_new_networks_wait_longer_with_every_failure(guard: SignInGuard, clock: Clock, user_id: int) -> None:
    await attack(guard, user_id)
    waits = []
    for _ in range(12):
        network = somewhere()
        wait = await wait_of(guard, user_id, network)
        assert 0 < await wait_of(guard, user_id, network) <= wait, "asking again does not shorten it, nor prolong it"
        waits.append(wait)
        with clock.moved(seconds=wait + 0.01):
            assert await wait_of(guard, user_id, network) == 0
    assert waits == sorted(waits)
    assert waits[:3] == [2, 4, 8]
    assert waits[-1] == MAX_DELAY.total_seconds()


async def test_owner_gets_in_from_a_new_network_however_many_others_try(
    guard: SignInGuard, clock: Clock, user_id: int
) -> None:
    await attack(guard, user_id)
    own = somewhere()
    wait = await wait_of(guard, user_id, own)
    crowd = [somewhere() for _ in range(30)]
    for network in crowd:
        assert await wait_of(guard, user_id, network) > 0
    with clock.moved(seconds=wait + 0.01):
        for network in crowd:
            await wait_of(guard, user_id, network)
        attempt = await guard.admit(user_id, "", own)
        await guard.take_back(attempt)
        await guard.remember(user_id, own)
        assert (await guard.admit(user_id, "", own)).is_known


async def test_known_networks_are_not_affected(guard: SignInGuard, user_id: int) -> None:
    home = somewhere()
    await guard.remember(user_id, home)
    await attack(guard, user_id)
    assert await wait_of(guard, user_id, somewhere()) > 0
    for _ in range(10):
        assert await wait_of(guard, user_id, home) == 0
    assert await wait_of(guard, user_id, home) > 0, "its own failures count"
    assert await wait_of(guard, user_id + 1, home) == 0


async def test_known_network_of_one_account_is_new_to_another(guard: SignInGuard, user_id: int) -> None:
    home = somewhere()
    await guard.remember(user_id + 1, home)
    await attack(guard, user_id)
    assert await wait_of(guard, user_id, home) > 0


async def test_networks_are_forgotten(guard: SignInGuard, clock: Clock, parts: Parts, user_id: int) -> None:
    home = somewhere()
    await guard.remember(user_id, home)
    with clock.moved(days=KNOWN_FOR.days, seconds=1):
        assert not (await guard.admit(user_id, "", home)).is_known
    assert (await guard.admit(user_id, "", home)).is_known
    for _ in range(MAX_KNOWN):
        clock.ahead += KNOWN_FOR / 1000
        await guard.remember(user_id, somewhere())
    assert not (await guard.admit(user_id, "", home)).is_known, "the one that was used longest ago goes first"
    assert await parts.redis.zcard(f"signin:known:{{id {user_id}}}") == MAX_KNOWN
    await forget(parts.redis, user_id)
    assert not await parts.redis.exists(f"signin:known:{{id {user_id}}}")


async def test_network_has_a_budget_over_all_accounts(guard: SignInGuard) -> None:
    network = somewhere()
    for n in range(50):
        assert await wait_of(guard, None, network, f"{network} {n}") == 0
    assert await wait_of(guard, None, network, "another") > 0


async def test_success_is_not_counted(guard: SignInGuard, user_id: int) -> None:
    for _ in range(3 * CEILING):
        await guard.take_back(await guard.admit(user_id, "", somewhere()))
    await attack(guard, user_id)


async def test_tries_at_once_do_not_pass_the_ceiling(guard: SignInGuard, user_id: int) -> None:
    waits = await asyncio.gather(*(wait_of(guard, user_id, somewhere()) for _ in range(20)))
    assert sum(wait == 0 for wait in waits) == CEILING


async def test_unknown_login_is_treated_like_an_account(guard: SignInGuard, clock: Clock, user_id: int) -> None:
    async def course(user_id: int | None, login: str) -> list[float]:
        own = somewhere()
        waits = [await wait_of(guard, user_id, somewhere(), login) for _ in range(CEILING + 2)]
        waits += [await wait_of(guard, user_id, own, login)]
        with clock.moved(seconds=3):
            return [*waits, *[await wait_of(guard, user_id, own, login) for _ in range(12)]]

    exists, does_not = await course(user_id, "ada"), await course(None, secrets.token_hex(8))
    assert does_not == pytest.approx(exists, abs=1.0)
    assert exists[CEILING] > 0


async def test_attack_is_forgotten_in_time(guard: SignInGuard, clock: Clock, user_id: int) -> None:
    await attack(guard, user_id)
    assert await wait_of(guard, user_id, somewhere()) > 0
    with clock.moved(seconds=3600 / CEILING + 1):
        assert await wait_of(guard, user_id, somewhere()) == 0


async def test_attack_is_forgotten_soon_however_long_it_was(guard: SignInGuard, clock: Clock, user_id: int) -> None:
    """At most 16 failures above the ceiling are counted."""
    await attack(guard, user_id)
    crowd = [somewhere() for _ in range(40)]
    for network in crowd:
        assert await wait_of(guard, user_id, network) > 0
    clock.ahead += timedelta(seconds=3)
    for network in crowd:
        assert await wait_of(guard, user_id, network) == 0
    assert await wait_of(guard, user_id, somewhere()) == MAX_DELAY.total_seconds()
    clock.ahead += timedelta(seconds=18 * 3600 / CEILING)
    assert await wait_of(guard, user_id, somewhere()) == 0


async def test_clock_that_was_set_back_locks_nobody_out(guard: SignInGuard, clock: Clock, user_id: int) -> None:
    with clock.moved(days=3):
        await attack(guard, user_id)
    await attack(guard, user_id)


async def test_what_waits_is_not_counted_against_its_network(guard: SignInGuard, user_id: int) -> None:
    await attack(guard, user_id)
    network = somewhere()
    waits = [await wait_of(guard, user_id, network) for _ in range(60)]
    assert 0 < min(waits) <= max(waits) <= 2, "the delay alone, however often they ask"
    assert await wait_of(guard, user_id + 1, network) == 0
