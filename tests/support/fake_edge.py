"""An HTTP server in place of a CDN edge."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from embedded.process import free_port


class Edge:
    """What an edge is asked, and what it answers."""

    def __init__(self) -> None:
        self.port = free_port()
        self.status = 200
        self.denied = "/none"
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/cached"

    @contextlib.asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        try:
            yield
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.asked.append(head.decode().split(" HTTP/1.1")[0])
                status = 403 if self.asked[-1].endswith(self.denied) else self.status
                writer.write(f"HTTP/1.1 {status} So\r\ncontent-length: 0\r\n\r\n".encode())
        writer.close()
