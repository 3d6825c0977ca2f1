"""Consumer groups: retries, parking, what is left of an event."""

from tests.mutants.mutant import in_file

_consumer = in_file("workers/consumer.py", "tests/workers/test_consumer.py")
_POISON = "tests/workers/test_poison.py::"

MUTANTS = [
    _consumer(
        "an event is not to blame while a part is away",
        "_AWAY = (*CANNOT_SERVE, SearchAway, *Unavailable)",
        "_AWAY = (SearchAway, *Unavailable)",
        "test_event_waits_while_a_part_is_away",
    ),
    _consumer(
        "an event is tried 10 times",
        "if failures == TRIES or self",
        "if failures == TRIES - 1 or self",
        "test_event_that_always_fails_is_parked",
    ),
    _consumer(
        "an event that cannot be applied is parked as failed",
        "await self._park(entry_id, fields, parking.FAILED, error)",
        "await self._park(entry_id, fields, parking.UNKNOWN, error)",
        "test_event_that_always_fails_is_parked",
    ),
    _consumer(
        "an event that no version knows is parked",
        "await self._park(entry_id, fields, parking.UNKNOWN, error)",
        "pass",
        _POISON + "test_unknown_events_delay_no_other_event_and_are_redriven_once",
    ),
    _consumer(
        "an event that waits for its next try takes no place of another",
        "self._retrying += gives_way",
        "self._retrying += 0",
        _POISON + "test_failing_events_delay_no_other_event",
    ),
    _consumer(
        "an event that waits for a part gives way in the end",
        "gives_way=pauses > HELD_PAUSES",
        "gives_way=False",
        _POISON + "test_events_that_wait_for_a_part_delay_no_other_event_and_are_not_parked",
    ),
    _consumer(
        "beyond a bound an event that fails is parked at once",
        " or self._retrying >= MAX_RETRYING:",
        ":",
        _POISON + "test_events_that_fail_beyond_the_bound_are_parked_at_once",
    ),
    _consumer(
        "an event that is no JSON is parked",
        "_UNREADABLE = (KeyError, ValueError, msgspec.MsgspecError)",
        "_UNREADABLE = (KeyError,)",
        _POISON + "test_event_that_is_no_json_is_parked_and_stays_when_it_cannot_be_put_back",
    ),
    _consumer(
        "a group passes over the events of another",
        'if fields.get(b"group", self._name.encode()) == self._name.encode():',
        "if True:",
        _POISON + "test_redriven_events_are_for_their_group_alone",
    ),
    in_file("workers/stream.py", "tests/feed/test_barriers.py")(
        "the rest of an event is done once, even if another worker has applied it",
        "if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 1 and ARGV[3] then",
        "if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) >= 0 and ARGV[3] then",
        "tests/workers/test_consumer.py::test_what_is_left_of_an_event_is_left_by_the_first_to_apply_it",
    ),
]
