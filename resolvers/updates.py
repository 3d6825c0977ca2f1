"""Inputs of updates, where left out and null are two things."""

from collections.abc import Callable
from typing import TypeVar, overload

import msgspec
import strawberry

T = TypeVar("T")
R = TypeVar("R")


@overload
def given(value: T) -> T | msgspec.UnsetType: ...
@overload
def given(value: T, make: Callable[[T], R]) -> R | msgspec.UnsetType: ...
def given(value: T, make: Callable[[T], R] | None = None) -> T | R | msgspec.UnsetType:
    """The value as commands take it: UNSET for what was left out, None for null. `make` converts what was given."""
    if value is strawberry.UNSET:
        return msgspec.UNSET
    return value if make is None else make(value)
