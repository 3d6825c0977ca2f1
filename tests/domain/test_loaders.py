"""Dataloaders: one batch for what is asked in one turn, nothing for what is known."""

import asyncio
from collections.abc import Sequence

import pytest

from kit.batching import Loader, then

BATCHES: list[list[object]] = []


async def lengths(keys: Sequence[object]) -> list[int | Exception]:
    """How long each key is; an error in the place of an empty one."""
    BATCHES.append(list(keys))
    return [len(key) or ValueError("empty") for key in keys]  # type: ignore[arg-type]


async def test_what_is_known_is_given_at_once() -> None:
    BATCHES.clear()
    loader: Loader[str, int] = Loader(lengths)
    loader.prime("abc", 9).prime("abc", 8)
    assert loader.many(["abc"]) == [9]
    assert await asyncio.gather(loader.load_many(["abc", "x"]), loader.load("x"), loader.load("yy")) == [[9, 1], 1, 2]
    assert loader.many(["x", "yy", "abc"]) == [1, 2, 9]
    assert BATCHES == [["x", "yy"]]


async def test_an_error_is_of_its_key_alone() -> None:
    loader: Loader[str, int] = Loader(lengths)
    good, bad = await asyncio.gather(loader.load("x"), loader.load(""), return_exceptions=True)
    assert good == 1
    assert isinstance(bad, ValueError)
    with pytest.raises(ValueError, match="empty"):
        await loader.load_many(["x", ""])


async def test_what_is_not_cached_need_not_be_hashable() -> None:
    loader: Loader[list[int], int] = Loader(lengths, cache=False)
    assert await asyncio.gather(loader.load([1]), loader.load([1, 2])) == [1, 2]


async def test_then() -> None:
    async def later() -> int:
        return 2

    assert then(1, str) == "1"
    answer = then(later(), str)
    assert not isinstance(answer, str)
    assert await answer == "2"
