"""Idempotency keys."""

from tests.mutants.mutant import in_file

_once = in_file("domain/idempotency.py", "tests/journeys/test_comments.py")

MUTANTS = [
    _once(
        "a retry gets the result of the first call",
        'return msgspec.json.decode(earlier["result"], type=list[int])',
        "pass",
        "test_a_retry_takes_effect_once",
    ),
    _once(
        "a key with another input is a conflict",
        'if earlier["input_hash"] != digest:',
        "if False:",
        "test_a_retry_takes_effect_once",
    ),
    _once(
        "the result is kept with the key",
        '"UPDATE idempotency_keys SET result = $2::jsonb WHERE id = $1"',
        "\"UPDATE idempotency_keys SET result = result WHERE id = $1 AND $2 <> ''\"",
        "test_a_retry_takes_effect_once",
    ),
    _once(
        "a key has at most 64 characters",
        "1 <= len(key) <= 64",
        "1 <= len(key)",
        "test_keys_are_per_viewer_and_limited",
    ),
    _once(
        "a key that a database cannot hold is refused",
        " and storable(key)",
        "",
        "tests/journeys/test_bad_input.py::test_the_same_key_twice_is_once",
    ),
    _once(
        "an effect that fails leaves its key unspent",
        "async with db.acquire() as connection, connection.transaction():",
        "async with db.acquire() as connection:",
        "tests/journeys/test_quota.py::test_refusal_leaves_the_idempotency_key_unspent",
    ),
    _once(
        "keys are kept for 7 days",
        "DELETE FROM idempotency_keys WHERE created_at < now() - $1::interval",
        "DELETE FROM idempotency_keys WHERE created_at < now() - $1::interval / 2",
        "tests/domain/test_idempotency.py::test_keys_are_kept_for_seven_days",
    ),
]
