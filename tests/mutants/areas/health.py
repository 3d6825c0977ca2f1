"""Readiness, clocks, load, and storage clients."""

from tests.mutants.mutant import in_file

MUTANTS = [
    in_file("web/checks.py", "tests/shedding/test_health.py")(
        "readiness does not need Redis and storage",
        'NEEDED_PARTS = ("postgres", "clock")',
        'NEEDED_PARTS = ("postgres", "clock", "redis", "s3")',
        "tests/outages/test_redis_away.py::test_a_process_starts_without_redis",
        "tests/outages/test_storage_away.py::test_the_api_goes_on_while_storage_is_away",
    ),
    in_file("web/checks.py", "tests/outages/test_database_hangs.py")(
        "one failed check refuses nobody",
        'MAX_FAILED_CHECKS = {"postgres": 2, "clock": 1}',
        'MAX_FAILED_CHECKS = {"postgres": 1, "clock": 1}',
        "test_a_database_that_hangs_is_no_wrong_clock",
    ),
    in_file("web/checks.py", "tests/outages/test_clocks.py")(
        "a clock may be 90 s off",
        "MAX_SKEW_S = 90.0",
        "MAX_SKEW_S = 30.0",
        "test_tokens_are_good_in_processes_a_minute_apart",
    ),
    in_file("web/checks.py", "tests/outages/test_clocks.py")(
        "a clock may be behind no more than ahead",
        "if abs(self._seconds_ahead) > MAX_SKEW_S:",
        "if self._seconds_ahead > MAX_SKEW_S:",
        "test_a_process_whose_clock_is_wrong_does_not_start",
    ),
    in_file("web/checks.py", "tests/outages/test_database_hangs.py")(
        "a database that hangs is no wrong clock",
        "self._seconds_ahead = await self._probe.seconds_ahead(self._system_clock)",
        "self._seconds_ahead = 1e9\n        self._seconds_ahead = await self._probe.seconds_ahead(self._system_clock)",
        "test_a_database_that_hangs_is_no_wrong_clock",
    ),
    in_file("app.py", "tests/outages/test_clocks.py")(
        "a process whose clock is wrong does not start",
        "            await _require_clock(parts_checks)\n",
        "",
        "test_a_process_whose_clock_is_wrong_does_not_start",
    ),
    in_file("app.py", "tests/outages/test_clocks.py")(
        "a process whose clock goes wrong refuses to serve",
        "                is_serving=lambda: all(\n",
        "                is_serving=lambda: True or all(\n",
        "test_a_process_whose_clock_goes_wrong_refuses_to_serve",
    ),
    in_file("clients/postgres.py", "tests/outages/test_clocks.py")(
        "clocks are compared",
        "return (sent + (clock() - sent) / 2 - server).total_seconds()",
        "return 0.0",
        "test_a_process_whose_clock_is_wrong_does_not_start",
    ),
    in_file("web/health.py", "tests/shedding/test_health.py")(
        "a result that is too old tells nothing",
        "is_recent = age is not None and age <= MAX_AGE_S",
        "is_recent = age is not None",
        "test_readiness_follows_the_parts",
    ),
    in_file("web/health.py", "tests/shedding/test_health.py")(
        "a process that ends is not ready", " and not self.is_draining\n", "\n", "test_readiness_follows_the_parts"
    ),
    in_file("web/health.py", "tests/shedding/test_health.py")(
        "a check that hangs has failed",
        "async with asyncio.timeout(CHECK_TIMEOUT_S):",
        "async with asyncio.timeout(None):",
        "test_readiness_follows_the_parts",
    ),
    in_file("kit/gate.py", "tests/shedding/test_gate.py")(
        "places are reserved for critical operations",
        "            return self._used + place.weight <= self._places - self._reserved\n",
        "            return self._used + place.weight <= self._places\n",
        "test_low_operations_leave_both_shares_to_others",
    ),
    in_file("kit/gate.py", "tests/shedding/test_gate.py")(
        "neither reads nor mutations take all places",
        "return self._used + place.weight <= self._places and self._is_within_share(place)",
        "return self._used + place.weight <= self._places",
        "test_reserved_places_are_for_critical_operations_only",
        "test_critical_operations_that_hang_leave_places_to_reads",
    ),
    in_file("kit/gate.py", "tests/shedding/test_gate.py")(
        "waits are bounded",
        "while waiting and now - waiting[0].since >= limit:",
        "while waiting and now - waiting[0].since >= 1e9:",
        "test_the_wait_is_bounded",
    ),
    in_file("web/media.py", "tests/outages/test_storage_away.py")(
        "pictures are 503 while storage is away",
        '"retry-after"',
        '"x-retry-after"',
        "test_the_api_goes_on_while_storage_is_away",
    ),
    in_file("web/s3_uploads.py", "tests/outages/test_storage_away.py")(
        "S3 requests say when to retry",
        '        response.headers["retry-after"] = str(error.retry_after)\n',
        "        pass\n",
        "test_the_api_goes_on_while_storage_is_away",
    ),
    in_file("web/s3_uploads.py", "tests/journeys/test_s3_uploads.py")(
        "an S3 client learns that its token has expired",
        "        if context.token_expired:\n"
        '            raise S3Error("ExpiredToken", "The access token has expired. Call '
        'refreshSession.")\n',
        "",
        "test_access_token_is_needed",
    ),
    in_file("web/s3_uploads.py", "tests/journeys/test_s3_uploads.py")(
        "parts are listed as S3 does",
        "ETag=part['etag'], Size=part['byteSize']",
        "ETag=part['etag']",
        "test_upload_is_created_listed_and_completed",
    ),
    in_file("web/s3_uploads.py", "tests/journeys/test_s3_uploads.py")(
        "the key and the upload belong together",
        "        if upload_id != key:\n",
        "        if False:\n",
        "test_foreign_uploads_and_keys_are_refused",
    ),
    in_file("web/s3_uploads.py", "tests/journeys/test_s3_uploads.py")(
        "parts are listed in their order",
        "        if parts and int(number) <= max(parts):\n",
        "        if False:\n",
        "test_wrong_completion_is_refused",
    ),
    in_file("web/s3_uploads.py", "tests/journeys/test_s3_uploads.py")(
        "entities are not read",
        'root = None if "<!" in text else ElementTree.fromstring(text)',
        "root = ElementTree.fromstring(text)",
        "test_wrong_completion_is_refused",
    ),
]
