"""Dataloaders."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from aiodataloader import DataLoader

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")

MAX_BATCH = 1000

Answers = list[V] | Awaitable[list[V]]
"""Values for many keys: at once, or as an awaitable."""


class Loader(DataLoader[K, V], Generic[K, V]):
    """Collects the keys of one turn of the event loop into one call of `batch`, which returns values in their order.

    `batch` may return an exception for a key. Lives for one operation, or one event of a subscription. Cached values
    are returned without a turn of the event loop, and without a future for each key.
    """

    def __init__(
        self, batch: Callable[[Sequence[K]], Awaitable[Sequence[V | Exception]]], *, cache: bool = True
    ) -> None:
        self._known: dict[K, V] = {}

        async def load(keys: list[K]) -> list[V | Exception]:
            values = list(await batch(keys))
            if cache:
                found = zip(keys, values, strict=False)  # aiodataloader checks the number of values
                self._known |= {key: value for key, value in found if not isinstance(value, Exception)}
            return values

        super().__init__(load, max_batch_size=MAX_BATCH, cache=cache)  # type: ignore[arg-type]

    def many(self, keys: Sequence[K]) -> Answers[V]:
        """Return the values of these keys, at once if all are cached."""
        known = self._known
        try:
            return [known[key] for key in keys]
        except KeyError:
            if len(keys) > MAX_BATCH:
                return self._batches(keys)
            return asyncio.gather(*map(self.load, keys))

    async def _batches(self, keys: Sequence[K]) -> list[V]:
        """The values of many keys, batch after batch: other tasks run in between."""
        values: list[V] = []
        for start in range(0, len(keys), MAX_BATCH):
            values += await asyncio.gather(*map(self.load, keys[start : start + MAX_BATCH]))
        return values

    async def load_many(self, keys: Sequence[K]) -> list[V]:  # type: ignore[override]
        """Return the values of these keys."""
        values = self.many(keys)
        return values if isinstance(values, list) else await values

    def prime(self, key: K, value: V) -> "Loader[K, V]":
        """Cache the value of a key, unless it is cached."""
        self._known.setdefault(key, value)
        return self

    def load(self, key: K) -> "asyncio.Future[V]":
        """Return a future of the value of a key, which need not be hashable if nothing is cached."""
        if self.cache and key in self._known:
            future = self.loop.create_future()
            future.set_result(self._known[key])
            return future
        return super().load(key)

    def clear(self, key: K) -> "Loader[K, V]":
        """Remove a key from the cache."""
        self._known.pop(key, None)
        super().clear(key)
        return self

    def clear_all(self) -> "Loader[K, V]":
        """Clear the cache."""
        self._known.clear()
        super().clear_all()
        return self


def then(values: V | Awaitable[V], make: Callable[[V], R]) -> R | Awaitable[R]:
    """Return the result of `make` for the values: at once if these are available."""
    if isinstance(values, Awaitable):
        return _then(values, make)
    return make(values)


async def _then(values: Awaitable[V], make: Callable[[V], R]) -> R:
    return make(await values)
