"""When a stream breaks off without `complete`, so that its client connects again with its last cursor."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLError
from strawberry.types import ExecutionResult

from domain.accounts.tokens import Access
from schema.api import build
from web.operations import Asked, Break, broken_by

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LISTEN = "subscription { notificationReceived { cursor } }"
READ = "{ viewer { email } }"
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("document", "data", "code", "left", "reason"),
    [
        (LISTEN, {"x": 1}, None, MINUTE, None),
        (LISTEN, {"x": 1}, "NOT_FOUND", MINUTE, None),
        (LISTEN, {"x": None}, "UNAVAILABLE", MINUTE, Break.FAILED),
        (LISTEN, None, "UNAVAILABLE", MINUTE, Break.FAILED),
        (LISTEN, None, "INTERNAL", MINUTE, Break.FAILED),
        (LISTEN, None, "TIMEOUT", MINUTE, Break.FAILED),
        (LISTEN, None, "BAD_USER_INPUT", MINUTE, None),
        (LISTEN, None, "UNAUTHENTICATED", MINUTE, Break.SIGNED_OUT),
        (LISTEN, None, "UNAUTHENTICATED", timedelta(), Break.EXPIRED),
        (READ, {"x": None}, "UNAVAILABLE", MINUTE, None),
        (READ, None, "UNAVAILABLE", MINUTE, None),
        (READ, None, "UNAUTHENTICATED", MINUTE, None),
        (READ, None, "UNAUTHENTICATED", timedelta(), Break.EXPIRED),
    ],
)
def test_why_a_stream_breaks_off(document: str, data: Any, code: str, left: timedelta, reason: Break | None) -> None:
    context: Any = SimpleNamespace(access=Access(1, 2, NOW + left), now=NOW)
    errors = [GraphQLError("it failed", extensions={"code": code})] if code else None
    operation = Asked(document, None, {}, None, False)
    assert broken_by(build(), operation, context, ExecutionResult(data, errors)) is reason
