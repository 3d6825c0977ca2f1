"""Edges fetch media from the API: a slow client keeps no other client from the store."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import Settings
from domain.media.storage import A_DAY, media_key
from tests.conftest import NewPerson
from tests.support.client import Person
from tests.support.factories import used_token
from tests.support.multipart_uploads import MIB, begin_upload
from workers.parts import Parts

CLIENTS = 52
"""More than there are connections to the store."""


@pytest.fixture
async def segment(parts: Parts, tmp_path: Path) -> str:
    """The path of an object that no socket can take whole; its first bytes are `begin`."""
    file = tmp_path / "segment"
    file.write_bytes(b"begin" + bytes(6 * MIB))
    key = media_key(await used_token(parts.db), "a" * 64, "m4s")
    await parts.bucket.put(key, file, "video/iso.segment", A_DAY)
    return f"/{key}"


@contextlib.contextmanager
def who_read_nothing(port: int, path: str) -> Iterator[list[socket.socket]]:
    """Many clients that have asked for this and do not read the answer."""
    with contextlib.ExitStack() as stack:
        clients = []
        for _ in range(CLIENTS):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", port))
            client.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            client.setblocking(False)
            clients.append(client)
        yield clients


async def test_slow_readers_keep_nobody_from_the_store(person: NewPerson, settings: Settings, segment: str) -> None:
    ada = await person()
    with who_read_nothing(settings.port, segment) as clients:
        loop = asyncio.get_running_loop()
        begun = await asyncio.wait_for(asyncio.gather(*(loop.sock_recv(client, 4096) for client in clients)), 20)
        assert all(answer.startswith(b"HTTP/1.1 200") for answer in begun)
        async with asyncio.timeout(5):
            assert (await ada.http.get(segment, headers={"range": "bytes=0-4"})).content == b"begin"
            assert (await begin_upload(ada, 17 * MIB))["target"]["storedParts"] == []


async def test_head_tells_what_get_gives(visitor: Person, segment: str) -> None:
    told, given = await visitor.http.head(segment), await visitor.http.get(segment)
    assert told.status_code == given.status_code == 200
    assert told.content == b""
    assert len(given.content) == 6 * MIB + 5
    for name in ("content-length", "content-type", "etag", "cache-control", "accept-ranges"):
        assert told.headers[name] == given.headers[name]
    assert (await visitor.http.head(segment.replace("a" * 64, "b" * 64))).status_code == 404
