"""Dataloaders with the habits of this house."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from aiodataloader import DataLoader

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")

MAX_BATCH = 1000

Answers = list[V] | Awaitable[list[V]]
"""Values for many keys: at once, or awaited."""


class Loader(DataLoader[K, V], Generic[K, V]):
    """Gathers the keys of one turn of the loop into one call of `batch`, which answers in their order.

    `batch` may put an exception in a key's place. Lives for one operation, or one event of a subscription. What is
    known already is given without a turn of the loop, nor a future for each key.
    """

    def __init__(
        self, batch: Callable[[Sequence[K]], Awaitable[Sequence[V | Exception]]], *, cache: bool = True
    ) -> None:
        self._known: dict[K, V] = {}

        async def load(keys: list[K]) -> list[V | Exception]:
            values = list(await batch(keys))
            if cache:
                found = zip(keys, values, strict=False)  # whether there are as many, aiodataloader asks
                self._known |= {key: value for key, value in found if not isinstance(value, Exception)}
            return values

        super().__init__(load, max_batch_size=MAX_BATCH, cache=cache)  # type: ignore[arg-type]

    def many(self, keys: Sequence[K]) -> Answers[V]:
        """The values of these keys, at once where all are known."""
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
        """The values of these keys."""
        values = self.many(keys)
        return values if isinstance(values, list) else await values

    def prime(self, key: K, value: V) -> "Loader[K, V]":
        """Know the value of a key from now on, if it is not known yet."""
        self._known.setdefault(key, value)
        return self

    def load(self, key: K) -> "asyncio.Future[V]":
        """A future of the value of a key, which need not be hashable where nothing is cached."""
        if self.cache and key in self._known:
            future = self.loop.create_future()
            future.set_result(self._known[key])
            return future
        return super().load(key)

    def clear(self, key: K) -> "Loader[K, V]":
        """Know a key no longer."""
        self._known.pop(key, None)
        super().clear(key)
        return self

    def clear_all(self) -> "Loader[K, V]":
        """Know nothing any longer."""
        self._known.clear()
        super().clear_all()
        return self


def then(values: V | Awaitable[V], make: Callable[[V], R]) -> R | Awaitable[R]:
    """What `make` makes of the values: at once where these are there."""
    if isinstance(values, Awaitable):
        return _then(values, make)
    return make(values)


async def _then(values: Awaitable[V], make: Callable[[V], R]) -> R:
    return make(await values)
