"""Counters: tallies, batches, repair, bounds, and which rows are counted."""

from tests.mutants.mutant import in_file

_counters = in_file("domain/counters.py", "tests/workers/test_counters.py")
_activity = in_file("domain/activity.py", "tests/journeys/test_activity_counts.py")
_REPAIR = "test_repair_mends_what_is_amiss_and_nothing_else"
_CROWD = "test_two_thousand_like_one_post_at_once"

MUTANTS = [
    _counters(
        "a tally is counted once however often it comes",
        'records = await tx.fetch("DELETE FROM tallies WHERE id = ANY($1) RETURNING id", list(by_id))',
        'await tx.execute("DELETE FROM tallies WHERE id = ANY($1)", list(by_id))\n'
        '        records = [{"id": id} for id in by_id]',
        "tests/domain/test_counters.py::test_tally_is_counted_once_however_often_it_comes",
    ),
    _counters(
        "all counts of a batch are added up",
        "of[count.id] = of.get(count.id, 0) + count.by",
        "of[count.id] = count.by",
        "tests/domain/test_counters.py::test_counts_of_a_batch_are_added_up",
    ),
    _counters(
        "a batch changes each row once",
        "{changes} FROM unnest({deltas}) AS d({aliases}) WHERE t.id = d.id",
        "{changes} FROM unnest({deltas}) AS d({aliases}) WHERE t.id = d.id AND d0 > 0",
        "tests/domain/test_counters.py::test_counts_of_a_batch_are_added_up",
    ),
    _counters(
        "a shown number is never below 0",
        "greatest(like_count, 0)",
        "like_count",
        "tests/domain/test_counters.py::test_numbers_that_are_shown_are_never_below_zero",
    ),
    _counters(
        "a small number is exact",
        "return few if few < MAX_EXACT_COUNT else max(",
        "return max(",
        "tests/domain/test_counters.py::test_small_numbers_are_exact_and_large_ones_include_the_change",
    ),
    _counters(
        "a large number includes the change",
        'max((record["counted"] or 0) + by, MAX_EXACT_COUNT)',
        'max(record["counted"] or 0, MAX_EXACT_COUNT)',
        "tests/domain/test_counters.py::test_small_numbers_are_exact_and_large_ones_include_the_change",
    ),
    _counters(
        "a large number is not below the rows that were counted",
        'max((record["counted"] or 0) + by, MAX_EXACT_COUNT)',
        '(record["counted"] or 0) + by',
        "tests/domain/test_counters.py::test_small_numbers_are_exact_and_large_ones_include_the_change",
    ),
    _counters("repair knows of tallies on their way", "- coalesce(u.by, 0)", "- 0 * coalesce(u.by, 0)", _REPAIR),
    _counters(
        "repair adds the difference",
        "SET {counter.column} = t.{counter.column} - f.by",
        "SET {counter.column} = t.{counter.column} + f.by",
        _REPAIR,
    ),
    _counters(
        "repair reads the tallies of one counter",
        "WHERE c ->> 0 = $2 AND",
        "WHERE $2 <> '' AND",
        "tests/domain/test_counters.py::test_repair_reads_the_tallies_of_one_counter",
    ),
    _counters(
        "repair goes on behind the last row",
        "WHERE id > $1 ORDER BY id LIMIT $2",
        "WHERE id >= $1 ORDER BY id LIMIT $2",
        "tests/domain/test_counters.py::test_repair_goes_through_all_rows",
    ),
    _counters(
        "an unknown counter is told",
        "        raise UnknownCounter(unknown[0])",
        "        pass",
        "tests/workers/test_poison.py::test_unreadable_tally_is_parked_alone",
    ),
    _counters(
        "likes of inactive people are not counted",
        '"posts", "like_count", "likes WHERE is_counted"',
        '"posts", "like_count", "likes WHERE true"',
        "tests/domain/test_counters.py::test_only_counted_rows_are_counted",
    ),
    _counters(
        "follows of inactive people are not counted",
        '"users", "follower_count", f"relations WHERE kind = {Kind.FOLLOW:d} AND is_counted"',
        '"users", "follower_count", f"relations WHERE kind = {Kind.FOLLOW:d}"',
        "tests/domain/test_counters.py::test_only_counted_rows_are_counted",
    ),
    _counters(
        "requests are no followers",
        '"users", "follower_count", f"relations WHERE kind = {Kind.FOLLOW:d} AND is_counted"',
        '"users", "follower_count", "relations WHERE is_counted"',
        "tests/domain/test_counters.py::test_only_counted_rows_are_counted",
    ),
    _counters(
        "unpublished posts are not counted",
        '"posts WHERE published_at IS NOT NULL"',
        '"posts WHERE true"',
        "tests/domain/test_counters.py::test_only_counted_rows_are_counted",
    ),
    in_file("workers/counters.py", "tests/workers/test_poison.py")(
        "a tally that PostgreSQL refuses is parked alone",
        'await parking.park_rows(parts.db, "tallies", [batch[0].id], parking.FAILED, parking.describe(error))',
        "pass",
        "test_unreadable_tally_is_parked_alone",
    ),
    in_file("workers/counters.py", "tests/workers/test_poison.py")(
        "a tally that cannot be read is parked",
        'await parking.park_rows(parts.db, "tallies", [tally_id], parking.UNKNOWN, error)',
        "pass",
        "test_unreadable_tally_is_parked_alone",
    ),
    in_file("workers/counters.py", "tests/workers/test_counters.py")(
        "cached rows show what a batch has left", "await cache.put_counts(parts.redis, posts)", "pass", _CROWD
    ),
    in_file("domain/likes/actions.py", "tests/workers/test_counters.py")(
        "a second like counts nothing",
        "SELECT next_id($5), $7::jsonb FROM made",
        "SELECT next_id($5), $7::jsonb FROM held",
        _CROWD,
    ),
    in_file("domain/likes/actions.py", "tests/journeys/test_activity_counts.py")(
        "taking back an uncounted like counts nothing",
        "SELECT next_id($2), $4::jsonb FROM gone WHERE is_counted",
        "SELECT next_id($2), $4::jsonb FROM gone",
        "test_what_a_deactivated_person_did_is_not_counted",
        "tests/domain/test_counters.py::test_uncounted_like_is_taken_back_without_a_count",
    ),
    in_file("domain/likes/actions.py", "tests/journeys/test_posts.py")(
        "a like is exact for the user who gives it",
        'return (few if few < counters.MAX_EXACT_COUNT else max(written["count"], few)) + by',
        'return (few if few < counters.MAX_EXACT_COUNT else max(written["count"], few))',
        "test_likes",
    ),
    in_file("domain/relationships.py", "tests/journeys/test_counts.py")(
        "a follow counts for both",
        'counts = (Count("user.following", from_id, counted), Count("user.followers", to_id, counted))',
        'counts = (Count("user.followers", to_id, counted),)',
        "tests/domain/test_counters.py::test_whatever_changes_a_follow_is_counted",
    ),
    in_file("domain/relationships.py", "tests/journeys/test_counts.py")(
        "what ends is counted no longer",
        'counted -= sum(record["kind"] == Kind.FOLLOW and record["is_counted"] for record in records)',
        "pass",
        "tests/domain/test_counters.py::test_whatever_changes_a_follow_is_counted",
    ),
    in_file("domain/comments/actions.py", "tests/journeys/test_counts.py")(
        "a comment goes with the replies that were counted",
        'counted = sum(1 for record in (comment, *replies) if record["is_counted"])',
        "counted = 1",
        "tests/journeys/test_comments.py::test_a_comment_goes_with_its_replies",
    ),
    _activity(
        "likes of a deactivated person are not counted",
        "            *await _likes(tx, user_id, is_active=is_active),\n",
        "",
        "test_what_a_deactivated_person_did_is_not_counted",
    ),
    _activity(
        "views of a deactivated person are not counted",
        "            *await _views(tx, user_id, is_active=is_active),\n",
        "",
        "test_what_a_deactivated_person_did_is_not_counted",
    ),
    _activity(
        "comments of a deactivated person are not counted",
        "            *await _comments(tx, user_id, is_active=is_active),\n",
        "",
        "test_what_a_deactivated_person_did_is_not_counted",
    ),
    _activity(
        "replies to a deactivated person are not counted",
        "            *await _replies(tx, user_id, is_active=is_active),\n",
        "",
        "test_what_a_deactivated_person_did_is_not_counted",
    ),
    _activity(
        "follows of a deactivated person are not counted",
        '            *await _follows(tx, user_id, "from_id", "to_id", is_active=is_active),\n',
        "",
        "test_what_a_deactivated_person_did_is_not_counted",
    ),
    _activity(
        "followers of a deactivated person are not counted",
        '            *await _follows(tx, user_id, "to_id", "from_id", is_active=is_active),\n',
        "",
        "test_what_a_deactivated_person_did_is_not_counted",
    ),
]
