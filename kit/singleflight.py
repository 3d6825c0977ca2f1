"""Single-flight reads: concurrent requests for the same key share one fetch."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from kit import deadline
from kit.background import retrieve_exception, shared

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Fetches in flight, by key. Callers that want the same key wait for the same fetch."""

    def __init__(self, fetch: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        """`fetch` returns the values of keys; it must end by itself, within seconds."""
        self._fetch = fetch
        self._under_way: dict[K, asyncio.Task[Mapping[K, V]]] = {}

    async def get(self, keys: Sequence[K]) -> tuple[dict[K, V], set[K]]:
        """Return the values of `keys`, and the keys that another caller was fetching. Raises what `fetch` raises."""
        new = [key for key in keys if key not in self._under_way]
        if new:
            task = asyncio.create_task(self._land(new), name=f"fetch of {len(new)}", context=deadline.detached())
            # A caller who also waits for others' fetches may fail with one of these first.
            task.add_done_callback(retrieve_exception)
            self._under_way |= dict.fromkeys(new, task)
        found: dict[K, V] = {}
        for task in {self._under_way[key]: None for key in keys}:
            landed: Mapping[K, V] = await shared(task)
            found |= landed
        return {key: found[key] for key in keys if key in found}, set(keys) - set(new)

    async def _land(self, keys: Sequence[K]) -> Mapping[K, V]:
        try:
            return await self._fetch(keys)
        finally:
            for key in keys:
                del self._under_way[key]
