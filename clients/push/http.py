"""HTTP/2 (or 1.1) for push services: httpcore2, with a bound on everything.

aioapns 4.0 waits for an answer without end and knows no endpoint but Apple's; httpx's core has known deadlocks in
HTTP/2 where the server lowers how many streams it takes, as APNs does (encode/httpcore#1022). This one is its
maintained successor, and has no proxies, redirects or cookies of its own.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore2
import msgspec

from clients.push import LIFE, Later

MAX_ANSWER = 16 * 1024
TOTAL = 15.0
# Below TOTAL: a connection on which nothing comes is given up by the pool, one that we gave up would be used again.
_TIMEOUTS = {"connect": 5.0, "write": 5.0, "read": 5.0, "pool": 10.0}


class Unreachable(Exception):
    """No answer came."""


class Answer(msgspec.Struct, frozen=True):
    """What a service says: names of headers in lower case, the first 16 KB of the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The object in the body; {} where there is none."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except msgspec.MsgspecError:
            return {}

    def later(self, reason: str, now: datetime, default: timedelta = timedelta()) -> Later:
        """Not before the header Retry-After says (RFC 9110, section 10.2.3), `default` without one; a day at most."""
        text = self.headers.get("retry-after", "")
        try:
            wait = timedelta(seconds=int(text)) if text.isdecimal() else _instant(text) - now
        except (ValueError, OverflowError):
            wait = default
        return Later(reason, min(max(wait, timedelta()), LIFE))


class Http:
    """One pool of connections."""

    def __init__(self, connections: int, backend: httpcore2.AsyncNetworkBackend | None = None) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            max_connections=connections, keepalive_expiry=60, http2=True, network_backend=backend
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to a POST, within 15 s. Raises Unreachable, and what the backend raises of its own."""
        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        extensions = {"timeout": _TIMEOUTS}
        try:
            async with asyncio.timeout(TOTAL):
                request = self._pool.stream("POST", url, headers=lines, content=body, extensions=extensions)
                async with request as response:
                    content = bytearray()
                    async for chunk in response.aiter_stream():
                        content += chunk
                        if len(content) >= MAX_ANSWER:
                            break
                    names = {
                        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
                    }
                    return Answer(response.status, names, bytes(content[:MAX_ANSWER]))
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from None

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


def _instant(text: str) -> datetime:
    instant = parsedate_to_datetime(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
