"""Errors of the API, in two forms: user errors in payloads, and GraphQL errors of a caller or the server."""

import random
from collections.abc import Sequence
from typing import Literal

import msgspec

MAX_MISTAKES = 100
"""The maximum number of user errors in a payload. Further problems are reported once these are fixed."""


INTERNAL_MESSAGE = "An internal error occurred. Try again later."
"""The message of every fault of the server; clients get no details."""


ErrorCode = Literal[
    "REQUIRED",
    "INVALID",
    "TOO_LONG",
    "TOO_MANY",
    "TAKEN",
    "NOT_FOUND",
    "NOT_ALLOWED",
    "WRONG_CREDENTIALS",
    "EXPIRED",
    "QUOTA_EXCEEDED",
    "CONFLICT",
]
"""Codes of user errors: those of the enum UserErrorCode of the schema."""

ApiErrorCode = Literal[
    "BAD_USER_INPUT",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "CURSOR_EXPIRED",
    "QUERY_TOO_COMPLEX",
    "RESPONSE_TOO_LARGE",
    "TIMEOUT",
    "RATE_LIMITED",
    "OVERLOADED",
    "UNAVAILABLE",
    "PERSISTED_QUERY_NOT_FOUND",
    "PERSISTED_QUERY_NOT_SUPPORTED",
    "INTERNAL",
]
"""Codes of GraphQL errors: `extensions.code`."""


class UserError(msgspec.Struct, frozen=True):
    """A problem that the user can fix. `field` is the path into the input, e.g. ("media", "0", "uploadId")."""

    code: str
    """An ErrorCode; a stored one may be of a newer version."""

    message: str
    field: tuple[str, ...] | None = None


class UserErrors(Exception):
    """Raised to abort a mutation before anything is written. `errors` become the `userErrors` of its payload."""

    def __init__(self, errors: Sequence[UserError]) -> None:
        super().__init__(errors[0].message)
        self.errors = list(errors)


def mistake(code: ErrorCode, message: str, *field: str) -> UserErrors:
    """The exception for one mistake at the input path `field`."""
    return UserErrors([UserError(code, message, field or None)])


class ApiError(Exception):
    """A GraphQL error whose message may be shown; `code` becomes `extensions.code`."""

    code: ApiErrorCode = "INTERNAL"

    @property
    def extensions(self) -> dict[str, object]:
        """The `extensions` of the error."""
        return {"code": self.code}


class BadUserInput(ApiError):
    """The document or its variables are invalid."""

    code: ApiErrorCode = "BAD_USER_INPUT"


class Unauthenticated(ApiError):
    """There is no valid access token, and the field requires one."""

    code: ApiErrorCode = "UNAUTHENTICATED"


class Forbidden(ApiError):
    """This server does not offer the feature to any user."""

    code: ApiErrorCode = "FORBIDDEN"


class CursorExpired(ApiError):
    """The cursor points to data that is no longer stored: read again from the start."""

    code: ApiErrorCode = "CURSOR_EXPIRED"


class QueryTooComplex(ApiError):
    """The document is larger or more expensive than the limit for one request."""

    code: ApiErrorCode = "QUERY_TOO_COMPLEX"


class ResponseTooLarge(ApiError):
    """The response is larger than the limit."""

    code: ApiErrorCode = "RESPONSE_TOO_LARGE"

    def __init__(self, max_bytes: int) -> None:
        super().__init__(
            f"The response is too large (limit: {max_bytes // 1024:,} KiB). Request fewer items or fields, "
            "or split the operation."
        )


class OperationTimeout(ApiError):
    """The operation exceeded its deadline; a mutation may have taken effect all the same."""

    code: ApiErrorCode = "TIMEOUT"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The operation took too long and was stopped (limit: {seconds:g} s). Try again later, or request fewer "
            "items or fields."
        )


class RateLimited(ApiError):
    """The rate limit is exceeded; `retry_after` is in seconds."""

    code: ApiErrorCode = "RATE_LIMITED"

    def __init__(self, retry_after: float) -> None:
        super().__init__("Too many requests of this kind. Try again later.")
        self.retry_after = retry_after

    @property
    def extensions(self) -> dict[str, object]:
        """With `retryAfter`, in whole seconds."""
        return {"code": self.code, "retryAfter": max(1, round(self.retry_after + 0.5))}


RETRY_AFTER_S = (1, 2, 3, 4)
"""Random, so that clients refused at the same moment do not all retry at the same moment."""


class Overloaded(ApiError):
    """The server has no capacity for this operation now; the client may retry after `retry_after` seconds."""

    code: ApiErrorCode = "OVERLOADED"

    def __init__(self) -> None:
        super().__init__("The server is overloaded. Try again later.")
        self.retry_after = random.choice(RETRY_AFTER_S)

    @property
    def extensions(self) -> dict[str, object]:
        """With `retryAfter`, in whole seconds."""
        return {"code": self.code, "retryAfter": self.retry_after}


class Unavailable(ApiError):
    """A service that the operation needs is away; the client may retry after `retry_after` seconds."""

    code: ApiErrorCode = "UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("A part of the service is unavailable. Try again later.")
        self.retry_after = random.choice(RETRY_AFTER_S)

    @property
    def extensions(self) -> dict[str, object]:
        """With `retryAfter`, in whole seconds."""
        return {"code": self.code, "retryAfter": self.retry_after}
