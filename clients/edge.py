"""Purging of edge caches by the method PURGE of nginx' cache-purge module, Varnish and Fastly."""

import asyncio
from collections.abc import Sequence

from clients.http import Http

AT_ONCE = 16
_GONE = {200, 204, 404, 410, 412}
"""Status codes for an object that is not cached: older modules of nginx send 412 instead of 404."""
_ILL = 500
"""From this status on the edge fails; below, it refuses the request."""


class Edges:
    """All edge caches, each by the URL for its PURGE requests."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = urls
        self._http = Http()

    async def forget(self, paths: Sequence[str]) -> dict[str, str]:
        """Purge these from every edge, 16 at a time; return the failed ones with the reasons.

        An edge that has failed 16 times is skipped: an edge that is away costs one timeout. A refusal concerns one
        object only.
        """
        left: dict[str, str] = {}
        await asyncio.gather(*(self._tell(url, paths, left) for url in self._urls))
        return left

    async def _tell(self, url: str, paths: Sequence[str], left: dict[str, str]) -> None:
        waiting = iter(paths)

        async def work() -> None:
            for path in waiting:
                try:
                    answer = await self._http.send("PURGE", f"{url}/{path}", {})
                    if answer.status in _GONE:
                        continue
                    left[path] = f"{url} answers {answer.status}"
                    if answer.status < _ILL:
                        continue
                except Exception as error:
                    left[path] = f"{url}: {error!r}"
                return

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        left.update(dict.fromkeys(waiting, f"{url} was not asked"))

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()
