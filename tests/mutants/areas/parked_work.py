"""Parked work, redriving it, and jobs."""

from tests.mutants.mutant import in_file

_parking = in_file("domain/parking.py", "tests/workers/test_poison.py")

MUTANTS = [
    _parking(
        "parked work is redriven once however many redrive it",
        '        if not await tx.fetchval("DELETE FROM parked_work WHERE id = $1 RETURNING true", parked.id):\n'
        "            return False\n",
        '        await tx.execute("DELETE FROM parked_work WHERE id = $1", parked.id)\n',
        "test_unknown_events_delay_no_other_event_and_are_redriven_once",
    ),
    _parking(
        "parked work that cannot be put back stays parked",
        "except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, KeyError) as error:",
        "except KeyError as error:",
        "test_event_that_is_no_json_is_parked_and_stays_when_it_cannot_be_put_back",
    ),
    _parking(
        "a redriven event is for the group that had parked it",
        "SELECT next_id($1), $2, $3::jsonb, consumer, {UNSENT}, now()",
        "SELECT next_id($1), $2, $3::jsonb, NULL, NULL, now()",
        "test_redriven_events_are_for_their_group_alone",
    ),
    _parking(
        "a redriven job begins without failures",
        '"jobs": _Table("kind", {"failures": 0, "due_at": "now"})',
        '"jobs": _Table("kind", {"due_at": "now"})',
        "tests/domain/test_parking.py::test_redriven_row_begins_anew",
    ),
    _parking(
        "a redriven erasure is due at once",
        '"erasures": _Table("\'erase objects\'", {"failures": 0, "due_at": "now"})',
        '"erasures": _Table("\'erase objects\'", {"failures": 0})',
        "tests/journeys/test_erasure_queue.py::test_erasure_that_storage_refuses_backs_off_and_is_parked",
    ),
    _parking(
        "rows leave their queue when they are parked",
        "DELETE FROM {table} WHERE id = ANY($2)",
        "SELECT * FROM {table} WHERE id = ANY($2)",
        "test_unknown_jobs_are_parked_at_once_and_known_jobs_are_done",
    ),
    in_file("workers/parked.py", "tests/workers/test_poison.py")(
        "what failed waits for an operator",
        "reason=parking.UNKNOWN, ",
        "",
        "test_job_that_fails_backs_off_is_parked_and_redriven",
    ),
    in_file("workers/jobs.py", "tests/workers/test_poison.py")(
        "an unknown job is parked",
        "await jobs.park_unknown(parts.db, job)",
        "pass",
        "test_unknown_jobs_are_parked_at_once_and_known_jobs_are_done",
    ),
    in_file("workers/jobs.py", "tests/workers/test_poison.py")(
        "no job is to blame while Redis refuses",
        "counts=not is_away",
        "counts=True",
        "test_job_that_fails_because_redis_refuses_is_not_counted_as_failed",
    ),
    in_file("domain/jobs.py", "tests/workers/test_poison.py")(
        "a job that fails is parked in the end",
        "if counts and job.failures + 1 >= MAX_TRIES:",
        "if counts and job.failures >= MAX_TRIES:",
        "test_job_that_fails_backs_off_is_parked_and_redriven",
    ),
    in_file("domain/jobs.py", "tests/workers/test_poison.py")(
        "a job that fails waits before its next try",
        "backoff(job.failures, FIRST_PAUSE, LONGEST_PAUSE),",
        "timedelta(),",
        "test_job_that_fails_backs_off_is_parked_and_redriven",
    ),
    in_file("domain/jobs.py", "tests/domain/test_jobs.py")(
        "a job that was enqueued again meanwhile is done again",
        "DELETE FROM jobs WHERE id = $1 AND due_at = $2",
        "DELETE FROM jobs WHERE id = $1 AND $2::timestamptz IS NOT NULL",
        "test_a_job_that_is_enqueued_again_meanwhile_is_done_again",
    ),
    in_file("domain/jobs.py", "tests/domain/test_jobs.py")(
        "the first try waits until older transactions have ended",
        "grace: timedelta = GRACE",
        "grace: timedelta = timedelta()",
        "test_a_job_waits_for_the_transactions_before_it",
    ),
]
