"""A try to sign in whose password could not be checked is no failure."""

import secrets
from typing import Any

import pytest

from domain.accounts.actions import sign_in
from domain.accounts.passwords import Passwords
from domain.accounts.sign_in_guard import SignInGuard
from domain.accounts.tokens import Tokens
from domain.limits import Budget, Limits
from kit import clock
from kit.errors import Overloaded, UserErrors
from workers.parts import Parts

FAILURES = 3
BUDGETS = {
    "signInFailures": Budget(FAILURES, 900),
    "signInFailuresPerNetwork": Budget(FAILURES, 900),
    "signInFailuresPerAccount": Budget(FAILURES, 900),
    "*": Budget(9, 9),
}


class Unchecked(Passwords):
    """There is no capacity to check a password."""

    async def verify(self, *_: Any, **__: Any) -> Any:
        raise Overloaded


async def test_tries_during_an_outage_are_not_counted(parts: Parts) -> None:
    guard = SignInGuard(parts.redis, Limits(parts.redis, BUDGETS, clock.now), clock.now)
    tokens = Tokens(b"a" * 32, b"r" * 32, clock.now)
    network, login = f"network {secrets.token_hex(8)}", f"nobody.{secrets.token_hex(4)}"

    async def attempt(passwords: Passwords) -> None:
        await sign_in(parts.db, passwords, tokens, guard, login=login, password="heliograph", network=network)

    for _ in range(2 * FAILURES):
        with pytest.raises(Overloaded):
            await attempt(Unchecked(1))
    for _ in range(FAILURES):
        with pytest.raises(UserErrors):
            await attempt(Passwords(1))
