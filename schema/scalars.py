"""Scalars of the contract."""

from base64 import b64decode, b64encode
from datetime import UTC, date, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError


def _instant(value: datetime) -> str:
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(timespec="milliseconds")[:-6] + "Z"


def _parse_day(text: Any) -> date:
    if isinstance(text, str) and len(text) == 10:
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise GraphQLError("Invalid Date: expected a calendar date in the format YYYY-MM-DD.")


def _parse_instant(text: Any) -> datetime:
    if isinstance(text, str):
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            instant = None
        if instant is not None and instant.tzinfo is not None:
            return instant.astimezone(UTC)
    raise GraphQLError(
        "Invalid DateTime: expected a date and time with a time zone, for example 2026-01-31T12:00:00.000Z."
    )


def _parse_long(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return value
    raise GraphQLError("Invalid Long: expected an integer of up to 53 bits.")


def _parse_literal_long(node: Any, variables: Any = None) -> int:
    try:
        return _parse_long(int(node.value))
    except (AttributeError, ValueError):
        raise GraphQLError("Invalid Long: expected an integer of up to 53 bits.", node) from None


def _parse_bytes(text: Any) -> bytes:
    if isinstance(text, str) and len(text) <= MAX_BASE64:
        try:
            return b64decode(text, validate=True)
        except ValueError:
            pass
    raise GraphQLError(f"Invalid Base64: expected base64 (RFC 4648 section 4) with at most {MAX_BASE64:,} characters.")


def _serialize_bytes(value: bytes) -> str:
    return b64encode(value).decode()


MAX_BASE64 = 180_000

URL = NewType("URL", str)
Base64 = NewType("Base64", bytes)
Long = NewType("Long", int)

SCALARS: dict[Any, Any] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A date and time in UTC, always in the format YYYY-MM-DDThh:mm:ss.sssZ. Input may have any time "
        "zone offset.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=_instant,
        parse_value=_parse_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar date in the format YYYY-MM-DD.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date",
        serialize=date.isoformat,
        parse_value=_parse_day,
    ),
    URL: strawberry.scalar(
        name="URL", description="An absolute URL with the scheme http or https.", serialize=str, parse_value=str
    ),
    Base64: strawberry.scalar(
        name="Base64",
        description="Binary data in base64 (RFC 4648 section 4, with padding). Input has at most 180,000 characters.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc4648#section-4",
        serialize=_serialize_bytes,
        parse_value=_parse_bytes,
    ),
    Long: strawberry.scalar(
        name="Long",
        description="An integer of up to 53 bits, as a JSON number. Used for values that can exceed the range of Int.",
        serialize=int,
        parse_value=_parse_long,
        parse_literal=_parse_literal_long,
    ),
}
