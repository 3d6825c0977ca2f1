"""An HTTP/2 (or 1.1) client for services: httpcore2, with a bound on everything.

aioapns 4.0 waits for responses forever, and supports no endpoint but Apple's. httpx's core can deadlock in HTTP/2
(encode/httpcore#1022) and has had no release for long: this is its maintained successor, and by default follows no
redirects, proxies or cookies.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore2
import msgspec

MAX_ANSWER = 16 * 1024
AT_ONCE = 64
TOTAL = 15.0
LONGEST_PAUSE = timedelta(hours=24)
# Below TOTAL: the pool closes a silent connection on its own timeout; after ours it would be used again.
_TIMEOUTS = {"connect": 5.0, "write": 5.0, "read": 5.0, "pool": 10.0}


class Unreachable(Exception):
    """There was no response."""


class Answer(msgspec.Struct, frozen=True):
    """A response: header names in lower case, the first 16 KB of the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body; {} if there is none."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except msgspec.MsgspecError:
            return {}

    def pause(self, now: datetime, default: timedelta = timedelta()) -> timedelta:
        """Return the seconds of Retry-After (RFC 9110, section 10.2.3), else `default`; a day at most."""
        text = self.headers.get("retry-after", "")
        try:
            wait = timedelta(seconds=int(text)) if text.isdecimal() else _instant(text) - now
        except (ValueError, OverflowError):
            wait = default
        return min(max(wait, timedelta()), LONGEST_PAUSE)


class Http:
    """One pool of connections."""

    def __init__(self, backend: httpcore2.AsyncNetworkBackend | None = None) -> None:
        # A cancelled connection stays in the pool, unused, until it expires (httpcore2 2.16): hence the spare places.
        self._pool = httpcore2.AsyncConnectionPool(
            max_connections=100, keepalive_expiry=20, http2=True, network_backend=backend
        )
        self._room = asyncio.Semaphore(AT_ONCE)

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Return the response to a request, within 15 s. Raises Unreachable, and what the backend raises itself.

        It is retried once if the connection was lost: servers close a connection after a number of requests.
        """
        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        try:
            async with asyncio.timeout(TOTAL), self._room:
                try:
                    return await self._send(method, url, lines, body)
                except (httpcore2.ReadError, httpcore2.WriteError, httpcore2.ProtocolError):
                    return await self._send(method, url, lines, body)
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from None

    async def _send(self, method: str, url: str, headers: list[tuple[bytes, bytes]], body: bytes) -> Answer:
        extensions = {"timeout": _TIMEOUTS}
        request = self._pool.stream(method, url, headers=headers, content=body, extensions=extensions)
        async with request as response:
            content = bytearray()
            async for chunk in response.aiter_stream():
                content += chunk
                if len(content) >= MAX_ANSWER:
                    break
            names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return Answer(response.status, names, bytes(content[:MAX_ANSWER]))

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


def _instant(text: str) -> datetime:
    instant = parsedate_to_datetime(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
