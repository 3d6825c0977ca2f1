"""Events and tallies from the outbox to the streams."""

from tests.mutants.mutant import in_file

_outbox = in_file("domain/outbox.py", "tests/workers/test_outbox.py")

MUTANTS = [
    _outbox(
        "rows that another relay holds are passed over",
        "SELECT id, payload, consumer FROM outbox WHERE {unsent} ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED",
        "SELECT id, payload, consumer FROM outbox WHERE {unsent} ORDER BY id LIMIT $1",
        "test_two_relays_share_the_rows",
    ),
    _outbox(
        "what was sent is marked as sent",
        'await tx.execute("UPDATE outbox SET sent_at = now() WHERE id = ANY($1)", [row["id"] for row in rows])',
        "",
        "test_a_row_with_a_lower_id_that_commits_later_arrives_too",
    ),
    _outbox(
        "nothing is sent to a Valkey that may have forgotten",
        "if not rows or not await _is_known(tx, redis):\n            return 0\n        pipe",
        "if not rows:\n            return 0\n        pipe",
        "test_nothing_is_sent_to_a_stranger",
    ),
    _outbox(
        "the run ID tells that Valkey was restarted",
        'if (known["run_id"], known["epoch"]) == (run_id, epoch):',
        'if known["epoch"] == epoch:',
        "test_a_lost_stream_is_sent_again",
    ),
    _outbox(
        "after a restart only the last minute is sent again",
        "since = \"sent_at > (SELECT max(sent_at) FROM outbox) - interval '1 minute'\"",
        'since = "sent_at IS NOT NULL"',
        "test_a_lost_stream_is_sent_again",
    ),
    _outbox(
        "after a loss everything is sent again",
        'else:\n            since = "sent_at IS NOT NULL"',
        "else:\n            since = \"sent_at > now() - interval '1 minute'\"",
        "test_a_lost_stream_is_sent_again",
    ),
    _outbox(
        "the last minute is counted from the newest sent row, not from now",
        "(SELECT max(sent_at) FROM outbox)",
        "now()",
        "test_nothing_is_sent_to_a_stranger",
    ),
    _outbox(
        "sent rows are kept for 7 days",
        "RETENTION = timedelta(days=7)",
        "RETENTION = timedelta(days=5)",
        "test_rows_are_kept_for_seven_days",
    ),
    _outbox(
        "sent rows are deleted after that",
        "AND sent_at < now() - $1::interval",
        "AND $1::interval IS NULL",
        "test_rows_are_kept_for_seven_days",
    ),
    _outbox(
        "an event for one consumer group is sent to that group alone",
        ' | ({"group": row["consumer"]} if row["consumer"] else {})',
        "",
        "tests/workers/test_poison.py::test_redriven_events_are_for_their_group_alone",
    ),
    _outbox(
        "tallies that were sent are not sent again at once",
        'await tx.execute("UPDATE tallies SET sent_at = now() WHERE id = ANY($1)", [row["id"] for row in rows])',
        "",
        "test_tallies_are_sent_once_and_again_after_a_loss",
    ),
    _outbox(
        "tallies are sent again after a loss",
        'tallies = await _unsend(tx, "tallies", "sent_at IS NOT NULL", "NULL")',
        "tallies = 0",
        "test_tallies_are_sent_once_and_again_after_a_loss",
    ),
    _outbox(
        "no event is sent while too many wait",
        "if await redis.xlen(stream) >= BACKLOG:\n        return 0",
        "",
        "test_nothing_is_sent_while_too_much_waits",
    ),
    _outbox(
        "no tally is sent while too many wait",
        "if await redis.xlen(COUNTS) >= BACKLOG // 10:\n        return 0",
        "",
        "test_nothing_is_sent_while_too_much_waits",
    ),
    _outbox(
        "entries that a group has not applied stay in the stream",
        'pending["min"] if pending["pending"] else group["last-delivered-id"]',
        'group["last-delivered-id"]',
        "test_entries_stay_until_every_group_has_applied_them",
    ),
    _outbox(
        "the slowest group decides how long entries stay",
        "ms, sequence = min(horizons)",
        "ms, sequence = max(horizons)",
        "test_entries_stay_until_every_group_has_applied_them",
    ),
    _outbox(
        "a tally that was never counted is sent again",
        "UPDATE tallies SET sent_at = NULL WHERE sent_at < to_timestamp($1)",
        "UPDATE tallies SET sent_at = NULL WHERE false AND sent_at < to_timestamp($1)",
        "test_a_tally_that_was_never_counted_is_sent_again",
    ),
    in_file("domain/events.py", "tests/workers/test_outbox.py")(
        "an event keeps the name that other versions know it by",
        'tag="ReachChanged"',
        "tag=True",
        "test_events_survive_encoding",
    ),
    in_file("domain/events.py", "tests/workers/test_outbox.py")(
        "events for the search index are for it alone",
        "{PersonChanged: INDEX, PostEdited: INDEX}",
        "{}",
        "test_events_for_one_group_are_for_it_alone",
    ),
]
