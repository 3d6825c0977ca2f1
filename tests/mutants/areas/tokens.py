"""Access tokens, refresh tokens and the end of sessions."""

from tests.mutants.mutant import in_file

_tokens = in_file("domain/accounts/tokens.py", "tests/domain/test_tokens.py")
_actions = in_file("domain/accounts/actions.py", "tests/journeys/test_sessions.py")
_sessions = in_file("domain/accounts/sessions.py", "tests/journeys/test_ended_sessions.py")

MUTANTS = [
    in_file("config.py", "")(
        "an access token lasts 15 minutes",
        "le=86_400)] = 900",
        "le=86_400)] = 1200",
        "tests/journeys/test_sessions.py::test_an_access_token_runs_out",
    ),
    _tokens(
        "an access token says until when it lasts",
        '"exp": int(expires_at.timestamp())',
        '"exp": 2**33',
        "test_access_token_says_who_and_until_when",
    ),
    _tokens(
        "an access token is signed by us",
        'algorithms=["EdDSA"],\n            options={',
        'algorithms=["EdDSA"],\n            options={"verify_signature": False, ',
        "test_tokens_of_others_are_none",
    ),
    _tokens(
        "a token that is too long is not read",
        "if len(token) > MAX_LENGTH:",
        "if False:",
        "test_tokens_of_others_are_none",
    ),
    _tokens(
        "what is no token is none",
        "except (jwt.InvalidTokenError, ValueError, TypeError):",
        "except ZeroDivisionError:",
        "tests/journeys/test_sessions.py::test_what_is_no_access_token",
    ),
    _tokens(
        "a refresh token is proved by a secret",
        "return hmac.compare_digest(refresh.proof, self._proof(claim, nonce))",
        "return True",
        "tests/journeys/test_sessions.py::test_what_is_no_refresh_token",
    ),
    _tokens(
        "a refresh token is of one generation",
        "claim = _FORM.pack(session_id, generation)\n        return urlsafe",
        "claim = _FORM.pack(session_id, 0)\n        return urlsafe",
        "tests/journeys/test_sessions.py::test_a_refresh_is_rotated_and_a_retry_answered_again",
    ),
    _tokens(
        "the proof is of the whole claim",
        "claim = _FORM.pack(refresh.session_id, refresh.generation)",
        "claim = _FORM.pack(refresh.session_id, 0)",
        "test_refresh_token_proves_its_generation",
    ),
    _tokens(
        "the proof is of the session's nonce",
        "hmac.new(self._refresh_key, claim + nonce,",
        "hmac.new(self._refresh_key, claim,",
        "test_refresh_token_proves_its_generation",
    ),
    _tokens(
        "a refresh token is spelled in one way",
        "if session_id >> 63 or urlsafe_b64encode(raw).decode() != token:",
        "if session_id >> 63:",
        "test_refresh_token_is_spelled_in_one_way",
    ),
    in_file("web/graphql.py", "tests/journeys/test_expired_tokens.py")(
        "a request with an expired token is of nobody",
        "context.token_expired = access is not None and access.expires_at <= context.now",
        "context.token_expired = False",
        "test_token_is_expired_from_its_instant_on",
    ),
    in_file("web/graphql.py", "tests/journeys/test_expired_tokens.py")(
        "an expired token is refused",
        "context.token_refused = context.access is None",
        "context.token_refused = access is None",
        "test_token_is_expired_from_its_instant_on",
    ),
    in_file("web/graphql.py", "tests/journeys/test_expired_tokens.py")(
        "a token expires at its instant",
        "access is not None and access.expires_at <= context.now",
        "access is not None and access.expires_at < context.now",
        "test_token_is_expired_from_its_instant_on",
    ),
    in_file("schema/extensions.py", "tests/journeys/test_expired_tokens.py")(
        "a token that expires on a socket reads nothing more",
        "if context.access is not None and context.access.expires_at <= context.now:",
        "if False:",
        "test_operation_of_a_socket_whose_token_has_expired_is_refused",
    ),
    in_file("schema/extensions.py", "tests/journeys/test_expired_tokens.py")(
        "what is public is refused to an expired token too",
        "if context.token_refused and operation.operation is not OperationType.MUTATION:",
        "if False:",
        "test_nothing_is_read_with_an_expired_token",
    ),
    in_file("domain/viewer/viewer.py", "tests/journeys/test_expired_tokens.py")(
        "a viewer is signed in until the token expires",
        "if self.access is None or self.access.expires_at <= self.now:",
        "if self.access is None:",
        "test_viewer_is_required_to_have_a_token_that_has_not_expired",
    ),
    _actions(
        "a refresh token is spent once",
        "newest += 1",
        "newest += 0",
        "test_a_refresh_is_rotated_and_a_retry_answered_again",
    ),
    _actions(
        "a refresh token is answered again for 30 s",
        "RETRY_WITHIN = timedelta(seconds=30)",
        "RETRY_WITHIN = timedelta(seconds=60)",
        "test_a_reuse_after_half_a_minute_ends_the_family",
    ),
    _actions(
        "only the last refresh token is answered again",
        "if given.generation == newest - 1 and session",
        "if session",
        "test_a_reuse_after_the_successor_was_used_ends_the_family",
    ),
    _actions(
        "a reused refresh token ends its session",
        "        await _end(tx, given.session_id)\n    await sessions.end([given.session_id])\n    raise",
        "    raise",
        "test_a_reuse_after_the_successor_was_used_ends_the_family",
    ),
    _actions(
        "a reused refresh token ends private reads at once",
        "    await sessions.end([given.session_id])\n    raise",
        "    raise",
        "tests/journeys/test_ended_sessions.py::test_whatever_ends_a_session_ends_its_reads",
    ),
    _actions("a session that has ended is not refreshed", 'or session["ended"]:', "or False:", "test_a_session_ends"),
    _actions("a session expires", 'if session["expired"]:', "if False:", "test_a_session_ends"),
    _actions(
        "a forged token ends no session",
        'or not tokens.proves(given, session["nonce"]) or',
        "or",
        "test_what_is_no_refresh_token",
    ),
    _actions(
        "a forged token signs nobody out",
        "if nonce is not None and tokens.proves(given, nonce):",
        "if nonce is not None:",
        "test_what_is_no_refresh_token",
    ),
    _actions(
        "signing out ends private reads at once",
        "            await _end(tx, given.session_id)\n        await sessions.end([given.session_id])",
        "            await _end(tx, given.session_id)",
        "tests/journeys/test_ended_sessions.py::test_signing_out_ends_private_reads_at_once[email]",
    ),
    _actions(
        "signing out ends the session",
        "            await _end(tx, given.session_id)\n        await sessions.end",
        "            pass\n        await sessions.end",
        "test_a_session_ends",
    ),
    _actions(
        "the devices of a session end with it",
        "    await push.forget_session(tx, session_id)",
        "",
        "tests/journeys/test_devices.py::test_the_end_of_a_session_is_the_end_of_its_devices",
    ),
    _actions(
        "thirteen is old enough and a day less is not",
        "((today.month, today.day) < (birth_date.month, birth_date.day))",
        "(today.month < birth_date.month)",
        "test_thirteen_to_the_day",
    ),
    _sessions(
        "what Redis does not know is asked of PostgreSQL",
        "is_live = session_id in await live(self._db, [session_id])\n        try",
        "is_live = True\n        try",
        "test_an_emptied_redis_is_filled_from_the_database",
    ),
    _sessions(
        "a read does not wait for a Redis that hangs",
        "async with asyncio.timeout(WAIT_S):\n                known",
        "async with asyncio.timeout(60):\n                known",
        "test_a_redis_that_hangs_does_not_hold_up_reads",
    ),
    _sessions(
        "a session ends once in PostgreSQL",
        "AND s.ended_at IS NULL AND u.status",
        "AND u.status",
        "test_an_emptied_redis_is_filled_from_the_database",
    ),
    _sessions(
        "a deactivated account has no session",
        " AND u.status = 'ACTIVE'",
        "",
        "tests/domain/test_streams.py::test_streams_of_sessions_that_ended_end",
    ),
    _sessions(
        "the end is told though the caller gives up",
        "await asyncio.shield(writing)",
        "await writing",
        "test_an_end_is_told_though_the_operation_is_cancelled",
    ),
    _sessions(
        "a session that ended is not made live again by a late read",
        "ex=LIVE_S if is_live else _ENDED_S, nx=True)",
        "ex=LIVE_S if is_live else _ENDED_S)",
        "test_a_late_read_does_not_revive_a_session",
    ),
]
