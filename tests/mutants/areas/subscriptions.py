"""The right to listen."""

from tests.mutants.mutant import in_file

_stream = in_file("domain/streams.py", "tests/domain/test_streams.py")
_LIVE = "tests/journeys/test_live.py::test_the_right_ends_the_stream_within_five_seconds"

MUTANTS = [
    _stream(
        "a stream ends when its token expires",
        "if self.over or self.access.expires_at <= self.clock():",
        "if self.over:",
        "test_stream_is_checked_before_each_event",
    ),
    _stream(
        "a stream that was ended tells nothing more",
        "if self.over or self.access.expires_at <= self.clock():",
        "if self.access.expires_at <= self.clock():",
        "test_stream_is_checked_before_each_event",
    ),
    _stream(
        "a stream whose subject is lost tells nothing more",
        "        if self.cut:\n            raise StreamRevokedError",
        "",
        "test_stream_is_checked_before_each_event",
        _LIVE + "[leave]",
    ),
    _stream(
        "an event that arrives at the end is not told",
        "        self.check()\n        return str(event.message)",
        "        return str(event.message)",
        "test_event_that_comes_with_the_end_is_not_told",
    ),
    _stream(
        "idle streams of expired tokens are ended",
        "        for stream in self._open.difference(streams):\n            stream.end()",
        "",
        "test_idle_streams_of_expired_tokens_end",
    ),
    _stream(
        "streams of a session that ended are ended",
        "            if stream.access.session_id not in live:\n                stream.end()\n            elif",
        "            if",
        _LIVE + "[sign out]",
    ),
    _stream(
        "a stream ends with the membership",
        "            elif stream.conversation_id and (user_id, stream.conversation_id) not "
        "in rightful:\n"
        "                stream.end(cut=True)\n",
        "",
        _LIVE + "[remove]",
    ),
    _stream(
        "a lost membership ends the stream, not the session", "stream.end(cut=True)", "stream.end()", _LIVE + "[remove]"
    ),
    _stream(
        "a log that grew unannounced is read",
        "            elif stream.position is not None and stands.get(user_id, 0) > stream.position:\n"
        "                tell(stream.events, GAP)",
        "",
        "tests/journeys/test_live.py::test_a_hint_that_is_lost_costs_seconds",
    ),
    _stream(
        "a listener that stops is dropped",
        "                self._open.discard(stream)",
        "                pass",
        "test_streams_that_end_are_let_go_of",
    ),
]
