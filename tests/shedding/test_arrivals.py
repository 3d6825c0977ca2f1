"""The generator of bench/overload sends when requests are due, and counts what comes of them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bench import arrivals
from bench.arrivals import Answered, Stream
from bench.load import Ask

SERVICE_S = 0.02
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
REFUSAL = b'{"errors":[{"extensions":{"code":"OVERLOADED"}}]}'
REFUSED = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: %d\r\n\r\n" % len(REFUSAL) + REFUSAL
ANSWERS = {b"/good": OK, b"/refused": REFUSED, b"/missing": b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server that answers one request at a time."""
    turn = asyncio.Lock()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ")[1]
                if path not in ANSWERS:
                    break
                if path == b"/good":
                    async with turn:
                        await asyncio.sleep(SERVICE_S)
                writer.write(ANSWERS[path])
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def outcomes(port: int, path: str, rate: float, monkeypatch: pytest.MonkeyPatch) -> list[Answered]:
    monkeypatch.setattr(arrivals, "PROBES_S", 0.1)
    ask = Ask(port, f"GET {path} HTTP/1.1\r\nhost: test\r\n\r\n".encode())
    found = await arrivals._phase([Stream("some", [ask], rate)], 0.5, Ask(port, ask.request.replace(b"good", b"gone")))
    assert len(found["probe"]) == 2
    return found["some"]


async def test_a_slow_server_does_not_slow_the_generator(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await outcomes(port, "/good", 2 / SERVICE_S, monkeypatch)
    assert [each.outcome for each in found] == ["OK"] * 50
    assert all(each.due < 0.5 for each in found)
    # Twice what the server can do: the last waits for half of all others.
    assert found[-1].took > 0.8 * 25 * SERVICE_S


@pytest.mark.parametrize(("path", "outcome"), [("/refused", "OVERLOADED"), ("/missing", "404"), ("/gone", "BROKEN")])
async def test_what_was_not_answered_is_counted_by_its_code(
    port: int, path: str, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await outcomes(port, path, 20, monkeypatch)
    assert {each.outcome for each in found} == {outcome}
    assert not any(each.is_good for each in found)
