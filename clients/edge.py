"""Edge caches, by the method PURGE: nginx' cache-purge module, Varnish and Fastly know it."""

import asyncio
from collections.abc import Sequence

from clients.http import Http

AT_ONCE = 16
_GONE = {200, 204, 404, 410, 412}
"""What says that an edge does not have it: older modules of nginx say 412 for 404."""
_ILL = 500
"""From here on it is the edge that fails; below, it refuses what it was asked."""


class Edges:
    """Every edge that may keep what was shown, each by the URL under which it is told what to forget."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = urls
        self._http = Http()

    async def forget(self, paths: Sequence[str]) -> dict[str, str]:
        """Have every edge forget these, 16 at a time; those that one has not, and why.

        An edge that has failed 16 times is not asked for the rest: one that is away costs a timeout, whatever there is.
        What one refuses keeps nobody from being asked for the others.
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
