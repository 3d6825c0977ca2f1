"""Subscriptions over server-sent events, for clients that cannot use WebSocket.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, distinct connections mode: a request for each
operation, accepted as `text/event-stream`.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from starlette.responses import StreamingResponse
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from resolvers.context import Context
from web.operations import Asked, Break, broken_by, encoded, formatted, is_refused, run

STREAM = "text/event-stream"
QUIET = 12.0
"""After that many seconds without an event a comment is sent, which keeps proxies from closing the connection."""


MAX_STREAMS = 20
"""The maximum for one user, or one signed-out address, in one process."""


class TooMany(Exception):
    """This user has the maximum number of streams."""


class Ending(Exception):
    """This process is shutting down and takes no new streams."""


class Streams:
    """All event streams of this process."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self._open: dict[asyncio.Future[None], object] = {}
        self._draining = False

    def respond(self, operation: Asked, context: Context, allowed: set[OperationType]) -> StreamingResponse:
        """Return a response that streams the operation's results. Raises TooMany and Ending."""
        if self._draining:
            raise Ending
        whose: object = context.viewer_id or context.network
        if list(self._open.values()).count(whose) >= MAX_STREAMS:
            raise TooMany
        results = run(self._api, operation, context, allowed)
        headers = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}
        events = self._events(operation, results, whose, context)
        return StreamingResponse(events, media_type=STREAM, headers=headers)

    async def drain(self, within: float) -> None:
        """Take no new streams, and end all at random instants `within` as many seconds.

        Without a `complete`: clients come back.
        """
        self._draining = True
        await asyncio.gather(*(self._end(over, random.uniform(0, within)) for over in self._open))

    async def _end(self, over: asyncio.Future[None], after: float) -> None:
        await asyncio.sleep(after)
        if not over.done():
            over.set_result(None)

    async def _events(
        self, operation: Asked, results: AsyncGenerator[ExecutionResult], whose: object, context: Context
    ) -> AsyncIterator[bytes]:
        """The events of a stream.

        It ends without `complete` where the client should connect again, with a new token or because the stream failed.
        """
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open[over] = whose
        coming: asyncio.Future[ExecutionResult | None] | None = None
        has_begun = False
        try:
            yield b":\n\n"
            while True:
                coming = coming or asyncio.ensure_future(anext(results, None))
                waited: set[asyncio.Future[Any]] = {coming, over}
                done, _ = await asyncio.wait(waited, timeout=QUIET, return_when=asyncio.FIRST_COMPLETED)
                if over in done:
                    return
                if not done:
                    yield b":\n\n"
                    continue
                result, coming = coming.result(), None
                if result is None:
                    yield b"event: complete\ndata:\n\n"
                    return
                is_refusal = not has_begun and is_refused(result)
                reason = None if is_refusal else broken_by(self._api, operation, context, result)
                if reason in (Break.EXPIRED, Break.FAILED):
                    return
                has_begun = True
                answer = encoded(formatted(result), context.request_id, context.services.ceilings.response_bytes)
                yield b"event: next\ndata: " + answer + b"\n\n"
        finally:
            del self._open[over]
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)
            await results.aclose()
