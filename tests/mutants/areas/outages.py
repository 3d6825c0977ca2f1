"""Outages are told as such."""

from tests.mutants.mutant import in_file

MUTANTS = [
    in_file("clients/outages.py", "tests/domain/test_outages.py")(
        "a part that is away is UNAVAILABLE, not INTERNAL",
        "return isinstance(error, _AWAY) and not isinstance(error, asyncpg.QueryCanceledError)",
        "return False",
        "test_what_is_an_outage",
        "tests/outages/test_storage_away.py::test_the_api_goes_on_while_storage_is_away",
    ),
    in_file("clients/outages.py", "tests/domain/test_outages.py")(
        "a query that ran into a limit is no outage",
        " and not isinstance(error, asyncpg.QueryCanceledError)",
        "",
        "test_what_is_an_outage",
    ),
    in_file("clients/outages.py", "tests/domain/test_outages.py")(
        "errors of this process are no outage",
        "    if isinstance(error, OSError) and error.errno in _OURS:\n        return False\n",
        "",
        "test_what_is_an_outage",
    ),
    in_file("clients/outages.py", "tests/domain/test_outages.py")(
        "a store that fails is an outage",
        '.get("HTTPStatusCode", 0) >= 500)',
        '.get("HTTPStatusCode", 0) >= 600)',
        "test_what_is_an_outage",
    ),
    in_file("clients/outages.py", "tests/domain/test_outages.py")(
        "a store that refuses is no outage",
        '.get("HTTPStatusCode", 0) >= 500)',
        '.get("HTTPStatusCode", 0) >= 400)',
        "test_what_is_an_outage",
    ),
    in_file("schema/api.py", "tests/domain/test_outages.py")(
        "an outage is told as UNAVAILABLE",
        "    elif is_outage(cause):\n",
        "    elif False:\n",
        "test_an_outage_is_told_as_unavailable_with_a_time_to_wait",
    ),
    in_file("kit/errors.py", "tests/domain/test_outages.py")(
        "UNAVAILABLE says when to retry",
        'A part of the service is unavailable. Try again later.")\n'
        "        self.retry_after = random.choice(RETRY_AFTER_S)",
        'A part of the service is unavailable. Try again later.")\n        self.retry_after = 0',
        "test_an_outage_is_told_as_unavailable_with_a_time_to_wait",
    ),
    in_file("web/graphql.py", "tests/outages/test_clocks.py")(
        "a refusal has the header Retry-After",
        '            status, headers["retry-after"] = 503, str(retry_after)',
        "            status = 503",
        "tests/outages/test_unavailable.py::test_answer_without_data_says_when_to_retry",
    ),
    in_file("web/graphql.py", "tests/outages/test_unavailable.py")(
        "UNAVAILABLE without data has the status 503",
        '        if extensions.get("code") in (Overloaded.code, Unavailable.code):',
        '        if extensions.get("code") in (Overloaded.code,):',
        "test_answer_without_data_says_when_to_retry",
    ),
    in_file("clients/postgres.py", "tests/outages/test_database_ends.py")(
        "a connection that the server ends is an outage",
        '            raise asyncpg.ConnectionDoesNotExistError("The server has ended the connection.") from error',
        "            raise error",
        "test_a_connection_that_the_server_ends_is_an_outage",
    ),
    in_file("clients/postgres.py", "tests/outages/test_locks.py")(
        "waits for a lock are bounded",
        '"lock_timeout": str(int(lock_wait_s * 1000)),',
        '"lock_timeout": "0",',
        "test_waits_for_a_lock_are_bounded_and_others_go_on",
    ),
    in_file("clients/postgres.py", "tests/outages/test_locks.py")(
        "a lock that was not had is an outage",
        "    asyncpg.LockNotAvailableError,\n)",
        ")",
        "test_waits_for_a_lock_are_bounded_and_others_go_on",
    ),
    in_file("clients/postgres.py", "tests/shedding/test_overload.py")(
        "nobody waits long for a connection",
        "timeout=self._wait if timeout is None else timeout",
        "timeout=60 if timeout is None else timeout",
        "test_a_pool_without_free_connections_is_overload",
    ),
    in_file("web/operations.py", "tests/journeys/test_token_expiry.py")(
        "a stream that fails ends without `complete`",
        "    if result.data is not None and Unavailable.code not in codes:\n        return None\n",
        "    if result.data is not None or Unavailable.code in codes:\n        return None\n",
        "tests/domain/test_broken_streams.py::test_why_a_stream_breaks_off",
    ),
    in_file("web/operations.py", "tests/journeys/test_token_expiry.py")(
        "an event that fails in part is sent again",
        " and Unavailable.code not in codes:\n",
        ":\n",
        "tests/domain/test_broken_streams.py::test_why_a_stream_breaks_off",
    ),
    in_file("web/operations.py", "tests/journeys/test_token_expiry.py")(
        "queries are answered whatever their errors",
        "return reason if reason is Break.EXPIRED or not is_brief(api, operation) else None",
        "return reason",
        "tests/domain/test_broken_streams.py::test_why_a_stream_breaks_off",
    ),
]
