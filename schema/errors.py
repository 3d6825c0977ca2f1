from enum import Enum

import strawberry

from schema import bounds
from schema.fields import attribute


@strawberry.enum(description="Machine-readable reason for a user error.")
class UserErrorCode(Enum):
    REQUIRED = strawberry.enum_value("REQUIRED", description="A required value is missing or empty.")
    INVALID = strawberry.enum_value(
        "INVALID", description="The value is not in the expected format, or outside the allowed range."
    )
    TOO_LONG = strawberry.enum_value(
        "TOO_LONG", description="The text or file is larger than allowed. `message` states the limit."
    )
    TOO_MANY = strawberry.enum_value(
        "TOO_MANY", description="There are more items than allowed. `message` states the limit."
    )
    TAKEN = strawberry.enum_value("TAKEN", description="Another account uses this username or email address.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="The item does not exist, or the viewer may not see it.")
    NOT_ALLOWED = strawberry.enum_value(
        "NOT_ALLOWED", description="The viewer is not allowed to do this. `message` states the reason."
    )
    WRONG_CREDENTIALS = strawberry.enum_value(
        "WRONG_CREDENTIALS",
        description="The username or password is incorrect, or the refresh token is no longer valid.",
    )
    EXPIRED = strawberry.enum_value("EXPIRED", description="The session has expired. Sign in again.")
    QUOTA_EXCEEDED = strawberry.enum_value(
        "QUOTA_EXCEEDED",
        description="The files exceed the storage quota of the account. `message` states how much storage is left.",
    )
    CONFLICT = strawberry.enum_value(
        "CONFLICT",
        description="The input conflicts with an earlier change, for example an upload or an idempotency key that is "
        "already in use.",
    )


@strawberry.type(description="A problem with the input that the user can fix.")
class UserError:
    code: UserErrorCode = attribute("Machine-readable reason for the problem.")
    message: str = attribute(
        "Description of the problem in English, which can be shown to the user.", max_bytes=bounds.MISTAKE_BYTES
    )
    field: list[str] | None = attribute(
        'Path of the value in the mutation\'s input, for example ["media", "0", "uploadId"]. Null when the '
        "problem concerns no single value.",
        at_most=bounds.PATH,
        max_bytes=bounds.PATH_BYTES,
    )
