"""What can go wrong, in the two forms of the API: a person's mistake, and a caller's or the server's."""

import random
from collections.abc import Sequence

import msgspec

MAX_MISTAKES = 100
"""User errors that one payload carries at most: what is wrong beyond that is told once these are mended."""


INTERNAL_MESSAGE = "An internal error occurred. Try again later."
"""The message of every fault of the server; clients get no details."""


class UserError(msgspec.Struct, frozen=True):
    """A mistake a person can mend. `field` is the path into the input, e.g. ("media", "0", "uploadId")."""

    code: str
    message: str
    field: tuple[str, ...] | None = None


class UserErrors(Exception):
    """Ends a mutation without a trace; its payload carries `errors`."""

    def __init__(self, errors: Sequence[UserError]) -> None:
        super().__init__(errors[0].message)
        self.errors = list(errors)


def mistake(code: str, message: str, *field: str) -> UserErrors:
    """The exception for one mistake at the input path `field`."""
    return UserErrors([UserError(code, message, field or None)])


class ApiError(Exception):
    """A GraphQL error whose message may be shown; `code` becomes `extensions.code`."""

    code = "INTERNAL"

    @property
    def extensions(self) -> dict[str, object]:
        """What stands beside the message in the error's `extensions`."""
        return {"code": self.code}


class BadUserInput(ApiError):
    """The document or its variables are wrong."""

    code = "BAD_USER_INPUT"


class Unauthenticated(ApiError):
    """No valid access token where one is needed."""

    code = "UNAUTHENTICATED"


class Forbidden(ApiError):
    """This server does not offer that to anybody."""

    code = "FORBIDDEN"


class CursorExpired(ApiError):
    """The cursor points to data that is no longer stored: read again from the start."""

    code = "CURSOR_EXPIRED"


class QueryTooComplex(ApiError):
    """The document is larger or dearer than one request may be."""

    code = "QUERY_TOO_COMPLEX"


class ResponseTooLarge(ApiError):
    """The answer is larger than one answer may be."""

    code = "RESPONSE_TOO_LARGE"

    def __init__(self, max_bytes: int) -> None:
        super().__init__(
            f"The response is too large (limit: {max_bytes // 1024:,} KiB). Request fewer items or fields, "
            "or split the operation."
        )


class OperationTimeout(ApiError):
    """The operation did not end in time; a mutation may have taken effect all the same."""

    code = "TIMEOUT"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The operation took too long and was stopped (limit: {seconds:g} s). Try again later, or request fewer "
            "items or fields."
        )


class RateLimited(ApiError):
    """Too many of these in too short a time; `retry_after` is in seconds."""

    code = "RATE_LIMITED"

    def __init__(self, retry_after: float) -> None:
        super().__init__("Too many requests of this kind. Try again later.")
        self.retry_after = retry_after

    @property
    def extensions(self) -> dict[str, object]:
        """With `retryAfter`, in whole seconds."""
        return {"code": self.code, "retryAfter": max(1, round(self.retry_after + 0.5))}


RETRY_AFTER_S = (1, 2, 3, 4)
"""Clients that were refused at the same moment must not all come back at the same moment."""


class Overloaded(ApiError):
    """The server has no capacity for this operation now; the client may retry after `retry_after` seconds."""

    code = "OVERLOADED"

    def __init__(self) -> None:
        super().__init__("The server is overloaded. Try again later.")
        self.retry_after = random.choice(RETRY_AFTER_S)

    @property
    def extensions(self) -> dict[str, object]:
        """With `retryAfter`, in whole seconds."""
        return {"code": self.code, "retryAfter": self.retry_after}


class Unavailable(ApiError):
    """A part that the operation needs is away; the client may retry after `retry_after` seconds."""

    code = "UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("A part of the service is unavailable. Try again later.")
        self.retry_after = random.choice(RETRY_AFTER_S)

    @property
    def extensions(self) -> dict[str, object]:
        """With `retryAfter`, in whole seconds."""
        return {"code": self.code, "retryAfter": self.retry_after}
