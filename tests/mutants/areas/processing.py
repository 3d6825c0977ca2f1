"""The queue of processing."""

from tests.mutants.mutant import in_file

_jobs = in_file("domain/media/jobs.py", "tests/domain/test_media_queue.py")
_claims = in_file("domain/media/queue.py", "tests/domain/test_media_queue.py")
_worker = in_file("workers/media.py", "tests/journeys/test_multipart.py")

MUTANTS = [
    _jobs(
        "what waits for its next try takes no place of its account",
        "            waits_for_retry = true\n",
        "            waits_for_retry = false\n",
        "test_uploads_that_wait_for_their_next_try_do_not_hold_up_others_of_the_account",
    ),
    _claims(
        "what waits for its next try counts in no share",
        "AND NOT waits_for_retry AND ({UNFINISHED})",
        "AND ({UNFINISHED})",
        "test_uploads_that_wait_for_their_next_try_do_not_hold_up_others_of_the_account",
    ),
    _claims(
        "what another claims is passed over",
        "LIMIT 1 FOR UPDATE OF u SKIP LOCKED",
        "LIMIT 1 FOR UPDATE OF u",
        "test_locked_row_does_not_stop_the_queue",
    ),
    _claims(
        "an account has at most so many in work",
        "coalesce(busy.in_work, 0) < $5",
        "true",
        "test_cap_holds_when_many_claim_at_once",
    ),
    _claims(
        "the account with the fewest in work goes first",
        "WHERE NOT EXISTS (SELECT FROM busy WHERE busy.owner_id = w.owner_id)",
        "WHERE true",
        "test_photo_of_another_account_is_claimed_next",
    ),
    _claims(
        "slow photos are not starved",
        "_LAST_FIRST_EVERY = 4",
        "_LAST_FIRST_EVERY = 4000",
        "test_quick_photos_without_end_do_not_starve_slow_ones",
    ),
    _jobs(
        "a worker that lost its claim changes nothing",
        '_MINE = f"id = $1 AND attempt = $2 AND ({UNFINISHED})"',
        '_MINE = f"id = $1 AND $2::int > 0 AND ({UNFINISHED})"',
        "tests/domain/test_publication.py::test_who_came_first_is_first_also_after_a_failure",
        "tests/domain/test_media_queue.py::test_worker_that_lost_its_claim_changes_nothing",
    ),
    _jobs(
        "what was refused frees its bytes",
        "            await quota.release(tx, [(job.owner_id, job.status, job.byte_size)])\n",
        "",
        "tests/journeys/test_quota.py::test_rejected_and_aborted_uploads_do_not_count",
    ),
    _jobs(
        "what was made before and is no part of it any more goes",
        "            await erasure_queue.write(tx, job.token, [MEDIA + key for key in sorted(stale)])\n",
        "",
        "tests/journeys/test_filters.py::test_a_filter_that_is_chosen_afterwards_leaves_nothing_of_what_was_before",
    ),
    _jobs(
        "a photo whose filter was changed meanwhile is made again",
        'if made and row["photo_filter"] != job.photo_filter:',
        "if False:",
        "tests/domain/test_publication.py::test_a_filter_is_chosen_while_a_worker_has_the_photo",
    ),
    _worker(
        "an upload that storage refuses is given up in the end",
        "if job.other_failures + 1 < MAX_OTHER_TRIES or not await _storage_works(parts):",
        "if True:",
        "test_upload_that_storage_refuses_is_given_up_while_others_are_processed",
    ),
    _worker(
        "an upload that storage refuses backs off",
        "pause = backoff(job.other_failures, _RETRY, _LONGEST_PAUSE)",
        "pause = _RETRY",
        "test_upload_that_storage_refuses_is_given_up_while_others_are_processed",
    ),
    _worker(
        "one upload that storage refuses stops no other",
        "            await jobs.retry_later(parts.db, job, pause)\n",
        "            await jobs.release(parts.db, job, pause, failed=False)\n            raise\n",
        "test_upload_that_storage_refuses_is_given_up_while_others_are_processed",
    ),
    _worker(
        "no upload is to blame while storage is away",
        "        elif await _storage_works(parts):\n",
        "        elif True:\n",
        "tests/workers/test_claims.py::test_upload_is_not_to_blame_while_storage_is_away",
    ),
]
