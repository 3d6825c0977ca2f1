"""Inputs of updates, where left out and null are two things."""

from typing import TypeVar

import msgspec
import strawberry

T = TypeVar("T")


def given(value: T) -> T | msgspec.UnsetType:
    """The value as the domain takes it: UNSET for what was left out, None for null."""
    return msgspec.UNSET if value is strawberry.UNSET else value
