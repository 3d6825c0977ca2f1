"""What the payloads of mutations have in common: the result, or problems with the input that the user can fix."""

from typing import Any

import strawberry

from schema import bounds
from schema.errors import UserError
from schema.fields import attribute


def deleted_id_field() -> Any:
    """The ID of what a mutation deleted."""
    return attribute("ID of the deleted item, to remove it from caches.", default=None)


@strawberry.type(description="Fields of every payload.")
class Payload:
    user_errors: list[UserError] = attribute(
        "Problems with the input that the user can fix. Empty when the mutation succeeded.",
        default_factory=list,
        at_most=bounds.MISTAKES,
    )
