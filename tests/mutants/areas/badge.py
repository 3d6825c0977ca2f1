"""Notifications and the badge."""

from tests.mutants.mutant import in_file

_notices = in_file("domain/notifications/reads.py", "tests/journeys/test_badge.py")
_BADGE = "test_whoever_goes_takes_their_notifications_out_of_the_badge"

MUTANTS = [
    _notices(
        "the badge counts what the list shows",
        "                SELECT true FROM acts a WHERE a.notification_id = n.id AND a.newest "
        'AND {_heard("$1", "a.actor_id")}',
        "                SELECT true FROM acts a WHERE a.notification_id = n.id AND a.newest",
        _BADGE,
    ),
    _notices(
        "what people they block did is not told",
        "            & {Relation.BLOCK | Relation.MUTE:d} = 0",
        "            & {Relation.MUTE:d} = 0",
        _BADGE + "[is blocked]",
    ),
    _notices(
        "what people they mute did is not told",
        "            & {Relation.BLOCK | Relation.MUTE:d} = 0",
        "            & {Relation.BLOCK:d} = 0",
        _BADGE + "[is muted]",
    ),
    _notices(
        "what people who block them did is not told",
        "            & {Relation.BLOCK:d} = 0\n    )",
        "            & 0 = 0\n    )",
        _BADGE + "[blocks]",
    ),
    _notices(
        "what inactive people did is not told",
        "coalesce((SELECT status = 'ACTIVE' FROM users WHERE id = {actor}), false)",
        "true",
        _BADGE + "[deactivates]",
    ),
    _notices(
        "one's own notifications are always told",
        "AND (n.kind IN ({_OWN}) OR coalesce((",
        "AND (false OR coalesce((",
        _BADGE + "[is muted]",
    ),
    _notices(
        "what has been read is not in the badge",
        "AND n.updated_at > coalesce(",
        "AND n.updated_at <> coalesce(",
        "tests/journeys/test_notifications.py::test_reading",
    ),
    _notices(
        "a row is shown while anybody in it is heard",
        'WHERE notification_id = n.id AND newest AND {_heard("n.user_id", "actor_id")}',
        "WHERE notification_id = n.id AND newest",
        "test_a_row_is_shown_and_counted_while_anybody_in_it_is_heard",
    ),
    _notices(
        "a notification is for its owner",
        "FROM notifications n WHERE n.id = ANY($1) AND n.user_id = $2",
        "FROM notifications n WHERE n.id = ANY($1) AND $2::bigint > 0",
        "tests/journeys/test_notifications.py::test_they_are_nobody_elses",
    ),
    _notices(
        "reading does not go back",
        "WHERE m.read_up_to < excluded.read_up_to",
        "WHERE true",
        "tests/journeys/test_notifications.py::test_reading",
    ),
    _notices(
        "nobody has read what is to come",
        "VALUES ($1, least($2, now()))",
        "VALUES ($1, $2)",
        "tests/domain/test_notify.py::test_what_is_to_come_is_not_read",
    ),
]
