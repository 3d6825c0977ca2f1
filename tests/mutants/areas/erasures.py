"""The erasure queue and the sweeper."""

from tests.mutants.mutant import in_file

_queue = in_file("domain/media/erasure_queue.py", "tests/journeys/test_erasure_queue.py")
_sweeper = in_file("workers/sweeper.py", "tests/journeys/test_erasure_queue.py")

MUTANTS = [
    _queue(
        "two sweepers do not erase the same",
        "ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        "ORDER BY due_at LIMIT $2",
        "test_two_sweepers_erase_many_at_a_time",
    ),
    _queue(
        "what is claimed is due again after a minute",
        "UPDATE erasures SET due_at = now() + $3 WHERE id IN (",
        "UPDATE erasures SET due_at = now() + 0 * $3 WHERE id IN (",
        "test_two_sweepers_erase_many_at_a_time",
    ),
    _queue(
        "edges purge all that was found",
        "unnest(found || $2::text[])",
        "unnest($2::text[])",
        "test_what_is_written_while_it_is_deleted_goes_too",
    ),
    _queue(
        "an erasure that fails backs off",
        "        backoff(erasure.failures, FIRST_PAUSE, LONGEST_PAUSE),",
        "        FIRST_PAUSE / 10,",
        "test_erasure_that_storage_refuses_backs_off_and_is_parked",
    ),
    _queue(
        "an erasure that always fails is parked",
        "if counts and erasure.failures + 1 >= MAX_TRIES:",
        "if False:",
        "test_erasure_that_storage_refuses_backs_off_and_is_parked",
    ),
    _queue(
        "what belongs to an upload is no orphan",
        "WHERE token <> ALL(ARRAY(SELECT token FROM uploads WHERE token = ANY($1)))",
        "WHERE true",
        "test_what_belongs_to_no_upload_is_found_within_a_day",
    ),
    _queue(
        "the name of an original is no orphan",
        "AND token <> ALL(ARRAY(SELECT original_name FROM uploads WHERE original_name = ANY($1)))",
        "",
        "test_what_belongs_to_no_upload_is_found_within_a_day",
    ),
    _queue(
        "nothing is erased while a worker may still write",
        "SELECT next_id($1), token, keys, greatest(now(), until)",
        "SELECT next_id($1), token, keys, now()",
        "tests/domain/test_publication.py::test_a_post_is_deleted_while_its_media_is_in_work",
    ),
    _queue(
        "originals with a name of their own are erased",
        "UNION ALL SELECT ARRAY['originals/' || t.name] WHERE t.name IS NOT NULL",
        "UNION ALL SELECT ARRAY['originals/' || t.name] WHERE false",
        "tests/journeys/test_multipart.py::test_what_is_ready_is_aborted_with_its_renditions",
    ),
    _sweeper(
        "a store that does not list a folder is made to",
        "        await bucket.touch(marker)\n",
        "",
        "test_objects_are_erased_that_a_store_does_not_list",
    ),
    _sweeper(
        "the folder is listed again after that",
        "        shown = await _listed(bucket, token, keys)\n    if shown:",
        "    if shown:",
        "test_objects_are_erased_that_a_store_does_not_list",
    ),
    _sweeper(
        "the marker goes too",
        "[storage.quarantine_key(token), storage.original_key(token), marker] if keys",
        "[storage.quarantine_key(token), storage.original_key(token)] if keys",
        "test_objects_are_erased_that_a_store_does_not_list",
    ),
    _sweeper(
        "the marker of another sweeper is no failure",
        " - {storage.marker_key(token)}:",
        ":",
        "test_marker_of_another_sweeper_is_no_failure",
    ),
    _sweeper(
        "what is left is no success",
        '        raise OSError(f"{len(left)} objects of upload {token} are still there.")',
        "        return",
        "test_what_is_written_while_it_is_deleted_goes_too",
    ),
    _sweeper(
        "edges purge what was found",
        "        await erasure_queue.remember(parts.db, erasure, shown)\n",
        "        pass\n",
        "test_what_is_written_while_it_is_deleted_goes_too",
    ),
    _sweeper(
        "nothing is parked because storage is away",
        "erasure_queue.fail(parts.db, erasure, parking.describe(error), counts=counts)",
        "erasure_queue.fail(parts.db, erasure, parking.describe(error), counts=True)",
        "test_erasure_is_not_parked_because_storage_is_away",
    ),
    _sweeper(
        "young objects are no orphans",
        "            if written_at < now - ORPHANS.lifetime:\n                tokens",
        "            if True:\n                tokens",
        "test_what_belongs_to_no_upload_is_found_within_a_day",
    ),
    _sweeper(
        "no turn is lost while storage is away",
        "    pair = turns[0]\n",
        "    pair = turns[0]\n    turns.rotate(-1)\n",
        "test_what_belongs_to_no_upload_is_found_within_a_day",
    ),
    _sweeper(
        "multipart uploads of nobody are aborted",
        "                await parts.bucket.abort(key, multipart)\n",
        "                pass\n",
        "test_what_belongs_to_no_upload_is_found_within_a_day",
    ),
    _sweeper(
        "bytes that no event announced are found",
        'if status.get(token) == "AWAITING_BYTES"]',
        "if False]",
        "tests/journeys/test_storage_events.py::test_what_no_event_announced_is_found",
    ),
    _sweeper(
        "nothing expires before storage was looked at",
        "    await _arrivals(parts)\n    for owner_id",
        "    for owner_id",
        "tests/journeys/test_storage_events.py::test_nothing_expires_before_storage_was_looked_at",
    ),
    _sweeper(
        "an edge that has not forgotten is told again",
        "        if left.keys().isdisjoint(shown[erasure.id]):\n",
        "        if True:\n",
        "tests/workers/test_edges.py::test_edges_that_are_away_are_told_when_they_are_back",
    ),
]
