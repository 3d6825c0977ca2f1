"""Who may try to sign in."""

from tests.mutants.mutant import in_file

_actions = in_file("domain/accounts/actions.py", "tests/journeys/test_sessions.py")
_guard = in_file("domain/accounts/sign_in_guard.py", "tests/domain/test_sign_in_guard.py")

MUTANTS = [
    _guard("delays double", "1000 * 2 ^ over", "1000 * over", "test_new_networks_wait_longer_with_every_failure"),
    _guard(
        "delays are bounded",
        "local delay = math.min(max_delay, 1000 * 2 ^ over)",
        "local delay = 1000 * 2 ^ over",
        "test_new_networks_wait_longer_with_every_failure",
    ),
    _guard(
        "asking again does not shorten the wait",
        "if now < ready then return math.ceil(ready - now) end",
        "",
        "test_new_networks_wait_longer_with_every_failure",
    ),
    _guard(
        "a clock that was set back locks nobody out",
        " or due > now + (most + 1) * interval then",
        " then",
        "test_clock_that_was_set_back_locks_nobody_out",
    ),
    _guard(
        "failures above the ceiling are bounded",
        "due = math.min(due + interval, now + most * interval)",
        "due = due + interval",
        "test_attack_is_forgotten_soon_however_long_it_was",
    ),
    _guard(
        "known networks do not wait",
        "        if attempt.is_known:\n            return attempt\n        try",
        "        try",
        "test_known_networks_are_not_affected",
    ),
    _guard(
        "known networks have a budget of their own failures",
        'await self._limits.spend("signInFailures", f"{subject}|{network}")',
        "",
        "test_known_networks_are_not_affected",
    ),
    _guard(
        "a network has a budget over all accounts",
        'await self._limits.spend("signInFailuresPerNetwork", network)',
        "pass",
        "test_network_has_a_budget_over_all_accounts",
    ),
    _guard(
        "networks are known for 30 days",
        "known_until is not None and known_until > self._now()",
        "known_until is not None",
        "test_networks_are_forgotten",
    ),
    _guard(
        "the least recent network is forgotten",
        "pipe.zremrangebyrank(key, 0, -MAX_KNOWN - 1)",
        "",
        "test_networks_are_forgotten",
    ),
    _guard(
        "a success is not counted",
        "await self._take_back(keys=[_level_key(attempt.subject)], args=[budget.interval])",
        "pass",
        "test_success_is_not_counted",
    ),
    _guard(
        "what is refused by a delay is not counted against the network",
        "        if wait:\n            await self._refund(attempt)",
        "        if wait:",
        "test_what_waits_is_not_counted_against_its_network",
    ),
    _guard(
        "a sign-in goes on while Redis hangs",
        '        except NOT_DONE as error:\n            log.warning("sign-in: the',
        '        except ZeroDivisionError as error:\n            log.warning("sign-in: the',
        "test_a_sign_in_that_is_done_does_not_fail_for_a_redis_that_hangs",
    ),
    _guard(
        "a delay is not asked of a Redis that is away",
        "        except AWAY:\n            return 0",
        "        except ZeroDivisionError:\n            return 0",
        "tests/outages/test_redis_away.py::test_what_people_do_goes_on[killed]",
    ),
    _actions(
        "a try whose password was not checked is not counted",
        "        await guard.take_back(attempt)\n        raise\n",
        "        raise\n",
        "tests/domain/test_sign_in_outages.py::test_tries_during_an_outage_are_not_counted",
    ),
    _actions(
        "a right password is not counted",
        "    await guard.take_back(attempt)\n    await replace_hash",
        "    await replace_hash",
        "test_failures_are_limited_per_login",
    ),
    in_file("domain/accounts/passwords.py", "tests/journeys/test_sessions.py")(
        "a password is compared in its normal form",
        "normal = opaque_string(password)",
        "normal = password",
        "test_a_password_opens_its_account_in_either_form",
    ),
]
