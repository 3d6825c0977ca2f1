from enum import Enum

import strawberry

from schema import bounds
from schema.fields import attribute


@strawberry.enum(description="What kind of mistake.")
class UserErrorCode(Enum):
    REQUIRED = strawberry.enum_value("REQUIRED", description="Something is missing.")
    INVALID = strawberry.enum_value("INVALID", description="It has not the form it needs.")
    TOO_LONG = strawberry.enum_value("TOO_LONG", description="It has more than it may have.")
    TOO_MANY = strawberry.enum_value("TOO_MANY", description="There are more than there may be.")
    TAKEN = strawberry.enum_value("TAKEN", description="Somebody else has it.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is none that the viewer can see.")
    NOT_ALLOWED = strawberry.enum_value("NOT_ALLOWED", description="This is not theirs to do.")
    WRONG_CREDENTIALS = strawberry.enum_value("WRONG_CREDENTIALS", description="That does not open the account.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Its time is over.")
    QUOTA_EXCEEDED = strawberry.enum_value(
        "QUOTA_EXCEEDED", description="The storage quota of the account does not suffice. `message` says what is left."
    )
    CONFLICT = strawberry.enum_value("CONFLICT", description="It has been used for something else.")


@strawberry.type(description="What a person's input caused, to be shown to them.")
class UserError:
    code: UserErrorCode = attribute("For programs.")
    message: str = attribute("A sentence that can be shown to a person.", max_bytes=bounds.MISTAKE_BYTES)
    field: list[str] | None = attribute(
        'Path into the input, e.g. ["media", "0", "uploadId"].', at_most=bounds.PATH, max_bytes=bounds.PATH_BYTES
    )
