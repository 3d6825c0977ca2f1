"""Dataloaders with the habits of this house."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from aiodataloader import DataLoader

K = TypeVar("K")
V = TypeVar("V")

MAX_BATCH = 1000


class Loader(DataLoader[K, V], Generic[K, V]):
    """Gathers the keys of one turn of the loop into one call of `batch`, which answers in their order.

    `batch` may put an exception in a key's place. Lives for one operation, or one event of a subscription.
    """

    def __init__(
        self, batch: Callable[[Sequence[K]], Awaitable[Sequence[V | Exception]]], *, cache: bool = True
    ) -> None:
        async def load(keys: list[K]) -> list[V | Exception]:
            return list(await batch(keys))

        super().__init__(load, max_batch_size=MAX_BATCH, cache=cache)  # type: ignore[arg-type]
