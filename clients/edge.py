"""Edge caches, by the method PURGE: nginx' cache-purge module, Varnish and Fastly know it."""

import asyncio
from collections.abc import Iterator, Sequence

from clients.http import Http, Unreachable

AT_ONCE = 16
_GONE = {200, 204, 404, 410, 412}
"""What says that an edge does not have it: older modules of nginx say 412 for 404."""


class Edges:
    """Every edge that may keep what was shown, each by the URL under which it is told what to forget."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = urls
        self._http = Http()

    async def forget(self, paths: Sequence[str]) -> None:
        """Have every edge forget these, 16 at a time. Raises Unreachable where one does not, once the others have."""
        waiting = [iter([f"{url}/{path}" for path in paths]) for url in self._urls]
        work = [self._purge(urls) for urls in waiting for _ in range(AT_ONCE)]
        for failure in await asyncio.gather(*work, return_exceptions=True):
            if failure is not None:
                raise failure

    async def _purge(self, urls: Iterator[str]) -> None:
        for url in urls:
            try:
                answer = await self._http.send("PURGE", url, {})
            except Unreachable as error:
                raise Unreachable(f"{url}: {error}") from None
            if answer.status not in _GONE:
                raise Unreachable(f"{url}: {answer.status}")

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()
