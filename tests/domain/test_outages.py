"""Outages: which errors are one, and what clients get."""

import errno

import asyncpg
import pytest
from botocore.exceptions import ClientError
from graphql import GraphQLError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError

from clients.outages import is_outage
from clients.redis import CommandRefusedError
from kit.errors import INTERNAL_MESSAGE, RETRY_AFTER_S, Unavailable
from schema.api import present


def refusal(status: int) -> ClientError:
    return ClientError({"ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject")  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionError("away"), True),
        (OSError(errno.EHOSTUNREACH, "no route"), True),
        (TimeoutError(), True),
        (asyncpg.LockNotAvailableError("locked"), True),
        (asyncpg.CannotConnectNowError("starting"), True),
        (asyncpg.TooManyConnectionsError("full"), True),
        (OutOfMemoryError("full"), True),
        (ReadOnlyError("a replica"), True),
        (CommandRefusedError("MISCONF"), True),
        (refusal(500), True),
        (refusal(503), True),
        (refusal(404), False),
        (refusal(403), False),
        (ResponseError("wrong type"), False),
        (asyncpg.QueryCanceledError("statement timeout"), False),
        (asyncpg.UniqueViolationError("twice"), False),
        (OSError(errno.ENOSPC, "no room"), False),
        (FileNotFoundError(errno.ENOENT, "no file"), False),
        (LookupError("a mistake of ours"), False),
        (None, False),
    ],
    ids=repr,
)
def test_what_is_an_outage(error: BaseException | None, expected: bool) -> None:
    assert is_outage(error) is expected


async def test_an_outage_is_told_as_unavailable_with_a_time_to_wait() -> None:
    outage, mistake = (
        GraphQLError("raw", original_error=error) for error in (ConnectionError("secret"), LookupError("secret"))
    )
    present([outage, mistake], "request")
    assert outage.message == str(Unavailable())
    assert outage.extensions["code"] == "UNAVAILABLE"
    assert outage.extensions["retryAfter"] in RETRY_AFTER_S
    assert mistake.message == INTERNAL_MESSAGE
    assert mistake.extensions == {"code": "INTERNAL", "requestId": "request"}
