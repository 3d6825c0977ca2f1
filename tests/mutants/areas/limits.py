"""Rate limits, read budgets and storage quotas."""

from tests.mutants.mutant import in_file

_limits = in_file("domain/limits.py", "tests/domain/test_limits.py")
_reads = in_file("domain/read_budget.py", "tests/domain/test_read_budget.py")
_quota = in_file("domain/media/quota.py", "tests/journeys/test_quota.py")

MUTANTS = [
    _limits(
        "a budget is refused when it is spent",
        "if due - now > window then return math.ceil(due - now - window) end",
        "",
        "test_a_budget_comes_back_little_by_little",
    ),
    _limits(
        "a budget comes back at its rate",
        "due = due + interval\nif",
        "due = due + interval / 2\nif",
        "test_a_budget_comes_back_little_by_little",
    ),
    _limits(
        "a clock that was set back locks nobody out",
        "if due < now or due > now + window then due = now end",
        "if due < now then due = now end",
        "test_a_clock_that_is_set_back_locks_nobody_out",
    ),
    _limits(
        "what was refunded can be spent again",
        "redis.call('SET', KEYS[1], tonumber(due) - tonumber(ARGV[1]), 'KEEPTTL')",
        "",
        "test_a_refund",
    ),
    _limits(
        "budgets are somebody's", 'return f"limit:{name}:{{{who}}}"', 'return f"limit:{name}"', "test_budgets_are_apart"
    ),
    _limits(
        "budgets are for one thing",
        'return f"limit:{name}:{{{who}}}"',
        'return f"limit:{{{who}}}"',
        "test_budgets_are_apart",
    ),
    _limits(
        "what has no budget of its own has the common one",
        'self._budgets.get(name) or self._budgets["*"]',
        "self._budgets.get(name) or Budget(1000, 1)",
        "test_budgets_are_apart",
    ),
    _limits(
        "mutations are counted while Redis is away",
        "wait = self._local.spend(key, budget, now)",
        "wait = 0.0",
        "tests/outages/test_redis_away.py::test_what_people_do_goes_on[killed]",
    ),
    _limits(
        "the budgets of a process come back too",
        "due = (now if due < now or due > now + window else due) + budget.interval",
        "due = due + budget.interval if due else now",
        "test_process_counts_by_itself_while_redis_is_away",
    ),
    _limits(
        "a process refuses what is spent",
        "        if due - now > window:\n            return due - now - window",
        "",
        "test_process_counts_by_itself_while_redis_is_away",
    ),
    _reads(
        "reads beyond a budget are refused",
        "        if wait > 0:\n            raise",
        "        if wait > 1e9:\n            raise",
        "test_points_come_back_little_by_little",
    ),
    _reads(
        "a refusal costs nothing",
        "        for key, budget in charged:\n            self._check(key, budget, points, now)\n",
        "",
        "test_points_come_back_little_by_little",
    ),
    _reads(
        "nobody waits for more than two budgets",
        "account.due = min(due + spent, now + MAX_DEBT_WINDOWS * account.window)",
        "account.due = due + spent",
        "test_nobody_waits_for_more_than_two_budgets",
    ),
    _reads(
        "a network has a budget",
        'return [(f"limit:points:{{{who}}}", self._person), (f"limit:points:{{{network}}}", self._address)]',
        'return [(f"limit:points:{{{who}}}", self._person)]',
        "test_people_of_one_network_share_its_budget",
    ),
    _reads(
        "signed-out people share the budget of their network",
        'who = str(viewer_id) if viewer_id else f"signed out {network}"',
        "who = str(viewer_id)",
        "test_signed_out_people_have_the_budget_of_one_person_for_each_network",
    ),
    _reads(
        "processes share a budget",
        "account.due = float(due) + account.unsynced",
        "pass",
        "test_processes_share_a_budget",
    ),
    _reads(
        "what is spent while Redis is told is not lost",
        "account.unsynced -= spent",
        "account.unsynced = 0",
        "test_what_is_spent_while_redis_answers_is_told_next",
    ),
    _reads(
        "a refund is told though it is negative",
        "told = [(key, account, account.unsynced) for key, account in self._accounts.items() if account.unsynced]",
        "told = [(key, account, account.unsynced) for key, account in self._accounts.items() if account.unsynced > 0]",
        "test_a_refund_after_it_was_told_leaves_others_alone",
    ),
    _reads(
        "a clock that was set back refuses nobody",
        " or account.due > now + SET_BACK_WINDOWS * window:",
        ":",
        "test_a_clock_that_was_set_back_refuses_nobody",
    ),
    _reads(
        "a clock that was set back refuses nobody elsewhere",
        "if due > now + {SET_BACK_WINDOWS} * window then due = now end",
        "",
        "test_a_clock_that_was_set_back_refuses_nobody",
    ),
    _reads(
        "events have a budget of their own",
        'key, now = f"limit:points:{{events {viewer_id}}}", self._now_ms()',
        'key, now = f"limit:points:{{{viewer_id}}}", self._now_ms()',
        "test_events_have_a_budget_of_their_own",
    ),
    _reads(
        "what is kept is forgotten",
        "                del self._accounts[key]",
        "                pass",
        "test_what_is_kept_is_bounded_and_forgotten",
    ),
    _reads(
        "the scarcer budget is told",
        "min(left, key=lambda each: each.remaining / each.limit)",
        "left[0]",
        "test_what_is_left_is_of_the_scarcer_budget",
    ),
    _quota(
        "an account reserves no more than its quota",
        "if byte_size > free:",
        "if byte_size > free + 1:",
        "test_new_account_cannot_reserve_more_than_its_quota",
    ),
    _quota(
        "what is reserved counts",
        "UPDATE storage_usage SET used_bytes = used_bytes + $2 WHERE id = $1",
        "UPDATE storage_usage SET used_bytes = used_bytes + 0 * $2 WHERE id = $1",
        "test_new_account_cannot_reserve_more_than_its_quota",
    ),
    _quota(
        "two reservations do not take the same bytes",
        " WHERE s.id = $1 FOR UPDATE OF s",
        " WHERE s.id = $1",
        "test_last_bytes_are_given_once",
    ),
    _quota(
        "a quota grows with the age of the account",
        "self.bytes_per_day * max(0, age.days)",
        "self.bytes_per_day * 0",
        "test_quota_grows_with_the_age_of_the_account",
    ),
    _quota(
        "a quota has a maximum",
        "return min(self.base_bytes + self.bytes_per_day * max(0, age.days), self.max_bytes)",
        "return self.base_bytes + self.bytes_per_day * max(0, age.days)",
        "test_quota_grows_with_the_age_of_the_account",
    ),
    _quota(
        "what is deleted frees its bytes",
        "SET used_bytes = s.used_bytes - f.byte_size",
        "SET used_bytes = s.used_bytes - 0 * f.byte_size",
        "test_deleting_a_post_or_story_frees_its_bytes",
    ),
    _quota(
        "what was not counted frees nothing",
        "        if status in COUNTED:\n            freed",
        "        if True:\n            freed",
        "tests/domain/test_quota.py::test_only_what_was_counted_frees_storage",
    ),
    _quota(
        "repair adds the difference",
        "SET used_bytes = s.used_bytes - f.by\n",
        "SET used_bytes = s.used_bytes + f.by\n",
        "test_repair_mends_what_was_counted_wrong",
    ),
    _quota(
        "uploads from before counting are counted",
        "VALUES ($1, ({_BYTES} = $1)) ON CONFLICT",
        "VALUES ($1, 0) ON CONFLICT",
        "test_uploads_from_before_counting_are_counted",
    ),
]
