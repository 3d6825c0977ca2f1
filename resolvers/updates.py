"""Inputs of updates: an omitted field stays unchanged, null clears it."""

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
    """The value as commands take it: UNSET if it was omitted, None for null. `make` converts a given value."""
    if value is strawberry.UNSET:
        return msgspec.UNSET
    return value if make is None else make(value)
